/**
 * Sports equipment, toys, games and musical instruments. COCO's sports ball is any ball. The notation is that of
 * `parseLabelRows`.
 */
export const sportsRows = `
sports equipment
  sports ball ; objects365: other balls ; openimages: ball
    football
      soccer ball ; in objects365: soccer
      american football ; lvis: football (american)
    basketball
    volleyball ; openimages: volleyball (ball)
    baseball
    softball
    tennis ball ; in objects365: tennis
    golf ball
    cricket ball
    rugby ball
    bowling ball
    ping pong ball = table tennis ball ; in objects365: table tennis
    billiard ball ; objects365: billiards
    beach ball ; lvis: beachball
  frisbee = frisbee disc ; openimages: flying disc < toy
  skis = ski board ; objects365: skiboard ; openimages: ski
    water ski
  ski pole
  snowboard = snow board
  skateboard = skate board
  surfboard = surf board
    bodyboard = boogie board
    paddleboard
  baseball bat = bat
  cricket bat
  racket ; lvis: racquet
    tennis racket = tennis racquet
    table tennis racket ; objects365: table tennis paddle
    badminton racket
  hockey stick
  golf club
  cue = pool cue
  paddle ; lvis: boat paddle
    oar
  fishing rod ; lvis: fishing pole
  fishing bobber ; lvis: bobber, bobfloat ; in lvis: bob
  bait
  bow and arrow < weapon
    bow (weapon)
  arrow
  wakeboard
  dartboard
  dart
  target
  punching bag
  dumbbell
  barbell
  treadmill
  stationary bicycle
  indoor rower
  training bench
  horizontal bar
  balance beam
  hurdle
  trampoline
  diving board
  parachute
  parasail ; lvis: parasail (sports)
  bowling equipment
  curling stone ; in objects365: curling
  scoreboard
  hiking equipment
  basketball backboard = basketball hoop
  baseball base
  home plate ; lvis: home plate (baseball), home base (baseball)
  pitcher's mound ; lvis: mound (baseball)
  gym mat ; lvis: mat (gym equipment)
  knee pad
  pad
  life buoy ; objects365: lifesaver ; lvis: life belt, life ring
  snorkel
  crossbar
toy
  doll
    rag doll
  stuffed toy = stuffed animal, plush toy
    teddy bear = teddy, teddybear, stuffed bear
  balloon
  kite
  dice ; lvis: die
  lego ; lvis: lego set
  puppet ; lvis: marionette
  pinwheel
  water gun ; lvis: squirt gun
  yo yo
  beach toy
swing
slide
puzzle
game board ; lvis: gameboard
  chessboard
  checkerboard
playing card ; objects365: poker card
poker chip
musical instrument ; lvis: instrument (musical)
  guitar
  banjo
  violin ; lvis: fiddle
  cello
  harp
  mandolin
  piano
    grand piano
  musical keyboard = piano keyboard
  harpsichord
  organ ; openimages: organ (musical instrument) ; lvis: harmonium, reed organ (musical instrument)
  accordion
  harmonica
  saxophone
  clarinet
  flute
  oboe
  trumpet ; lvis: cornet
  trombone
  french horn ; in objects365: french ; in openimages: horn
  tuba ; lvis: bass horn, sousaphone
  bagpipe
  drum ; lvis: drum (musical instrument)
  drumstick
  cymbal
  tambourine
  maracas
  triangle (musical instrument)
  chime ; lvis: gong
    wind chime
  bell
    cowbell
`
