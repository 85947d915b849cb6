/** Plants, buildings, signs and what stands in the open. The notation is that of `parseLabelRows`. */
export const outdoorsRows = `
plant
  potted plant = house plant ; voc: pottedplant ; openimages: houseplant
  tree
    christmas tree
    palm tree
    maple
    willow
    pine tree
  bush = shrub
  grass
  flower
    rose
    sunflower ; openimages: common sunflower
    lily
    lavender ; openimages: lavender (plant)
    carnation
    tulip
    daisy
    orchid
  bouquet
  flower arrangement ; lvis: floral arrangement
  bamboo
  sugarcane ; lvis: sugarcane (plant)
  cactus
  pinecone
  leaf
  branch
  hay
building
  house
  tree house
  tower
    clock tower
    water tower
    lighthouse
  skyscraper
  castle
  office building
  convenience store
  church
  barn
  silo
  windmill
  cabana
tent
bridge
swimming pool = pool
fountain
sign
  traffic sign
    stop sign = stopsign
    speed limit sign
    crosswalk sign
  street sign
  signboard
  billboard
traffic light = traffic lights, traffic signal, stoplight, stop light
fire hydrant ; lvis: fireplug, hydrant
parking meter = meter
traffic cone ; in lvis: cone
manhole
telephone booth ; lvis: phone booth, call box, telephone box, telephone kiosk
telephone pole ; lvis: telegraph pole, telegraph post
flag
  pirate flag
  pennant
  banner ; lvis: streamer
flagpole ; lvis: flagstaff
buoy
beehive
hammock
ferris wheel
newsstand
gravestone ; lvis: headstone, tombstone
trough ; lvis: manger
milestone ; lvis: milepost
weathervane ; lvis: vane (weathervane), wind vane
windsock ; lvis: air sock, air sleeve, wind sleeve, wind cone
lightning rod ; lvis: lightning conductor
playground
carousel
crane
garbage = trash, litter
`
