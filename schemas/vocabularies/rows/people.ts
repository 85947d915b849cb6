/**
 * People by age, family, game and work, and the parts of a body, which are no people. The notation is that of
 * `parseLabelRows`.
 */
export const peopleRows = `
person = people, individual, pedestrian ; lvis: human
  man = guy, gentleman, male, dude, fellow, men
    father = dad, daddy
    grandfather = grandpa
    husband
    groom = bridegroom
    businessman = businessmen
    king
  woman = lady, female, women, gal
    mother = mom, mum, mommy
    grandmother = grandma
    wife
    bride
    bridesmaid
    businesswoman
    queen
    waitress
    nun
  child = kid, youngster, children
    boy
      son
    girl
      daughter
    baby = infant, newborn
    toddler
  teenager = teen, adolescent
  adult
  parent
  friend
  player = athlete
    baseball player
      batter = hitter
      baseball pitcher = pitcher
      catcher
      infielder
      outfielder
      baseman
    tennis player
    soccer player = footballer
    football player
    basketball player
    hockey player
    volleyball player
    golfer
  umpire = referee
  coach
  trainer
  skier
  snowboarder
  boarder
  skateboarder
  skater
  surfer
  kite surfer = kitesurfer, kiteboarder
  windsurfer
  swimmer
  diver
  runner = jogger
  gymnast
  wrestler
  boxer
  hiker
  climber
  camper
  rider = horseback rider, equestrian
    jockey
    biker = motorcyclist, motorcycle rider
    cyclist = bicyclist, bike rider
  driver
  passenger
  pilot
  sailor
  fisherman = fishermen
  astronaut
  cowboy
  cowgirl
  farmer
  shepherd
  soldier
  guard = security guard
  lifeguard
  police officer = policeman, policewoman, cop, officer, policemen
  firefighter = fireman, firemen
  worker
    construction worker
  doctor
  nurse
  dentist
  scientist
  engineer
  mechanic
  student
  teacher
  artist
  painter
  photographer
  cameraman
  reporter = journalist
  musician
    guitarist
    drummer
    pianist
    violinist
    singer
  dancer
  performer
  actor
  actress
  clown
  chef = cook
  baker
  waiter
  bartender
  barber
  vendor = seller
  customer = shopper
  tourist = traveler, traveller
  visitor
  spectator = onlooker, bystander
  couple
  crowd
  audience
  family
  team
  priest
  monk
  princess
  prince
  politician
human body
body part
  head ; openimages: human head
  face ; openimages: human face
  eye ; openimages: human eye
  nose ; openimages: human nose
  mouth ; openimages: human mouth
  ear ; openimages: human ear
  hair ; openimages: human hair
  beard ; openimages: human beard
  arm ; openimages: human arm
  hand ; openimages: human hand
  leg ; openimages: human leg
  foot = feet ; openimages: human foot
  skull
  heart
`
