/**
 * Furniture, fittings, lamps, pictures, and what a home is kept and a body is cared for with. The notation is that of
 * `parseLabelRows`.
 */
export const homeRows = `
furniture
  chair
    armchair = arm chair
    rocking chair
    deck chair ; lvis: beach chair
    folding chair
    recliner ; lvis: reclining chair, lounger (chair)
    high chair ; lvis: highchair, feeding chair
    electric chair
    office chair
  stool
    step stool
    footstool ; lvis: footrest
    music stool ; lvis: piano stool
  ottoman ; lvis: pouf, pouffe, hassock
  bench
    pew ; lvis: pew (church bench), church bench
  couch = settee ; voc: sofa
    loveseat = love seat
    sofa bed
    studio couch
    futon
  chaise longue ; lvis: chaise, daybed
  bed
    crib ; openimages: infant bed ; lvis: cot
    bunk bed
    hospital bed
  playpen
  table
    dining table = dinner table, dining room table ; voc: diningtable ; objects365: dinning table ; openimages: kitchen & dining room table
      kitchen table
    coffee table ; lvis: cocktail table
    side table = end table
    desk
    table tennis table ; lvis: ping pong table
    pool table ; openimages: billiard table ; lvis: snooker table < sports equipment
    picnic table
  nightstand
  cabinet or shelf ; objects365: cabinet shelf
    cabinet ; openimages: cabinetry
      bathroom cabinet
      file cabinet ; openimages: filing cabinet
      locker ; lvis: storage locker
    cupboard
    shelf = shelves
      bookcase = bookshelf
    wardrobe
      armoire
    chest of drawers
      dresser
    closet
  drawer
  countertop = counter
  wine rack
  coat rack ; lvis: coatrack, hatrack
  towel rack ; lvis: towel rail
  dog bed
  cat furniture
  mattress
  headboard
bedding
  pillow
    cushion
  blanket
    quilt ; lvis: comforter
    saddle blanket ; lvis: saddlecloth, horse blanket
  bedspread ; lvis: bedcover, bed covering, counterpane
  sheet = bed sheet
carpet = rug
  doormat ; lvis: welcome mat
  bath mat
  carpet runner ; lvis: runner (carpet)
curtain ; lvis: drapery
  shower curtain
window blind = blind
cornice ; lvis: valance, valance board, pelmet
clock ; lvis: timepiece, timekeeper
  alarm clock
  digital clock
  wall clock < furniture
  timer ; lvis: stopwatch
lighting
  lamp
    table lamp
    oil lamp ; lvis: kerosene lamp, kerosine lamp
    desk lamp
  lampshade
  flash ; lvis: flashbulb
  chandelier
  lantern
  light bulb ; lvis: lightbulb
  candle ; lvis: candlestick
  candle holder
  spotlight
  street light = light pole ; objects365: street lights ; lvis: streetlight, street lamp
    lamppost
  flashlight < tool
  torch < tool
vase
mirror
  hand mirror ; lvis: hand glass
  cosmetics mirror
picture or frame
  picture frame
  painting
  photograph = photo, picture
poster ; lvis: placard
sculpture
  statue ; lvis: statue (sculpture)
  figurine
  bust
  bronze sculpture
  snowman
  gargoyle
  scarecrow ; lvis: strawman
tapestry
wreath
ornament
trophy ; lvis: trophy cup
medal
award ; lvis: accolade
fireplace
plumbing fixture
  sink
    kitchen sink
    washbasin ; lvis: basin (for washing), washbowl, washstand, handbasin
  faucet ; openimages: tap ; lvis: spigot
    water faucet ; lvis: water tap, tap (water faucet)
  toilet = commode, toilet bowl
  urinal
  bidet
  shower
    shower head ; objects365: showerhead
  bathtub = tub ; lvis: bathing tub
  jacuzzi
bathroom accessory
  towel
    bath towel
    hand towel ; lvis: face towel
    dishtowel ; lvis: tea towel
  soap dispenser
  facial tissue holder
  toilet paper ; lvis: toilet tissue, bathroom tissue < office supplies
  soap
  sponge
paper towel
tissue = facial tissue
  tissue paper
personal care ; objects365: toiletry
  toothbrush = tooth brush < tool
  toothpaste
  comb
  hairbrush
  hair curler ; lvis: hair roller, hair crimper
  curling iron
  razor
    shaver ; lvis: shaver (electric), electric shaver, electric razor
    razor blade ; lvis: razorblade
  shaving cream ; lvis: shaving soap
  shampoo
  lotion
  skin cream ; in openimages: cream
  dental floss ; lvis: floss
  nail file ; lvis: nailfile
  mouthwash ; lvis: gargle
  lip balm
  crutch
  cosmetics
    face powder
    hair spray
    lipstick
    perfume
    makeup brush ; objects365: cosmetics brush eyeliner pencil
  deodorant
cleaning products
  cleansing agent
  detergent
    dishwasher detergent ; lvis: dishwashing detergent, dishwashing liquid, dishsoap
  broom
  mop
  dustpan
  brush
    scrubbing brush
  dishrag ; lvis: dishcloth
  freshener ; lvis: air freshener
ironing board
dispenser
birdcage
birdhouse
bird feeder ; lvis: birdfeeder
birdbath
kennel ; lvis: doghouse
nest
pacifier ; lvis: teething ring
dollhouse ; lvis: doll's house
coffin
mailbox = letterbox ; lvis: mailbox (at home), letter box (at home)
postbox ; lvis: postbox (public), mailbox (public)
mail slot
fire extinguisher ; lvis: extinguisher
fire alarm ; lvis: smoke alarm
power outlet ; openimages: power plugs and sockets ; lvis: wall socket, wall plug, electric outlet, electrical outlet, outlet, electric receptacle
extension cord = power cord
light switch = switch
thermostat
vent ; lvis: blowhole, air vent
fume hood ; lvis: exhaust hood
door
  door handle
  doorknob ; lvis: doorhandle
  door knocker ; lvis: knocker (on a door), doorknocker
window
  window box ; lvis: window box (for plants)
stairs = stair, staircase
porch
ladder < tool
  stepladder
awning
latch
padlock
combination lock
deadbolt
key
keycard
knob
handle ; lvis: handgrip
hinge
hook
`
