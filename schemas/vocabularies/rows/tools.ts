/**
 * Tools, weapons, medical and office supplies, printed matter and small things. The notation is that of
 * `parseLabelRows`.
 */
export const toolsRows = `
tool
  hammer
    mallet
  screwdriver
  wrench ; lvis: spanner
  pliers ; lvis: plyers
  drill ; openimages: drill (tool)
    electric drill
  chainsaw
  saw
    handsaw ; lvis: carpenter's saw
  axe ; lvis: ax < weapon
  chisel
  ratchet ; openimages: ratchet (device)
  crowbar ; lvis: wrecking bar, pry bar
  nail ; openimages: nail (construction)
  screw
    bolt
  nut (hardware) ; in lvis: nut
  scissors = scissor < office supplies
    shears
  garden clippers ; lvis: clippers (for plants)
  tripod
  binoculars = binocular ; lvis: field glasses, opera glasses
  scale ; lvis: scale (measuring instrument)
  grinder
  ruler ; lvis: measuring stick, ruler (measuring stick), measuring rod < tape measure or ruler
  shovel
  pitchfork
  rake
  plow ; lvis: plow (farm equipment), plough (farm equipment)
  hoe
  lawn mower
  watering can
  hose ; lvis: hosepipe
    garden hose
    fire hose
  sharpener
  file (tool)
  pipe ; lvis: piping
  pulley
  wedge
  microscope
  telescope
  thermometer
  compass
  magnet
  tachometer
  sawhorse ; lvis: sawbuck
  knitting needle
  needle
  thimble
  thread ; lvis: yarn
  bobbin
  safety pin
  pin ; lvis: pin (non jewelry)
  wire
  rope
  chain
  rubber band ; lvis: elastic band
  clip
  tool belt
  fire poker ; lvis: poker (fire stirring tool), stove poker, fire hook
  scraper
tape measure or ruler ; objects365: tape measure ruler
  tape measure ; lvis: measuring tape
weapon
  gun
    handgun ; lvis: pistol
    rifle
    shotgun
    machine gun
  cannon
  missile ; lvis: projectile (weapon)
  bomb
  sword
  dagger
  spear ; lvis: lance
  shield
medical equipment
  syringe
  stretcher
  stethoscope
  bandage
    band aid
    cast ; lvis: plaster cast, plaster bandage
    sling ; lvis: sling (bandage), triangular bandage
  first aid kit
  medicine = pill, pills
  ice pack ; lvis: ice bag
  dropper ; lvis: eye dropper
  bedpan
office supplies
  pen or pencil ; objects365: pen pencil
    pen
    pencil
  marker = marker pen
    sharpie
  crayon ; lvis: wax crayon
  highlighter
  stapler ; lvis: stapler (stapling machine)
  eraser
  board eraser
  pencil sharpener
  pencil case ; lvis: pencil box
  ring binder ; lvis: binder
  folder
  envelope
  notebook
  notepad
  notepaper = paper
  clipboard
  adhesive tape ; objects365: tape ; lvis: tape (sticky cloth or paper)
    duct tape
  paper cutter
  glue
  stylus
  inkpad ; lvis: inking pad, stamp pad
  paperweight
  thumbtack ; lvis: drawing pin, pushpin
  puncher
  shredder ; lvis: shredder (for paper)
  blackboard or whiteboard ; objects365: blackboard whiteboard
    whiteboard
    blackboard ; lvis: chalkboard
  bulletin board ; lvis: notice board
  corkboard
book
  bible
  comic book
  hardback book ; lvis: hardcover book
  paperback book ; lvis: paper back book, softback book, soft cover book
  phone book ; lvis: phonebook, telephone book, telephone directory
  checkbook ; lvis: chequebook
  diary
  textbook
  dictionary
magazine
newspaper ; lvis: paper (newspaper)
booklet ; lvis: brochure, leaflet, pamphlet
map
  road map
card
  business card
  birthday card
  postcard ; lvis: postal card, mailing card
  identity card
passport
ticket
receipt
calendar
menu
money
  coin
    penny ; lvis: penny (coin)
  dollar ; lvis: dollar bill, one dollar bill
globe
paint brush ; lvis: paintbrush
easel
palette ; lvis: pallet
coloring material ; lvis: colouring material
parchment
gift wrap
bookmark ; lvis: bookmarker
cigar or cigarette ; objects365: cigar cigarette
  cigarette
  cigar
tobacco pipe
hookah ; lvis: narghile, nargileh, sheesha, shisha, water pipe
lighter ; lvis: igniter, ignitor
cigarette case ; lvis: cigarette pack
hand fan
hourglass
walking cane
walking stick
wooden leg ; lvis: pegleg
handcuff
gag
whistle
megaphone ; lvis: bullhorn
crucifix
gemstone
pendulum
tinsel
tinfoil
towel bar
toothpick
tea bag
cork ; lvis: cork (bottle plug), bottle cork
bottle cap ; lvis: cap (container lid)
lid ; in lvis: cover
flap
tag
log
pole
cube ; lvis: square block
coil
elevator car
mascot
seashell
sparkler ; lvis: sparkler (fireworks)
tarp
pegboard
brass plaque
cleat ; lvis: cleat (for securing rope)
pipe bowl
earplug
typewriter
`
