/**
 * Electronic devices. COCO's tv holds computer monitors too; its mouse, keyboard and remote are those of devices. The
 * notation is that of `parseLabelRows`.
 */
export const electronicsRows = `
electronic device = electronics
  tv = moniter tv, tv monitor, flat screen, flatscreen, television screen ; voc: tvmonitor ; objects365: monitor tv ; openimages: television ; lvis: television set, tv set
    computer monitor = monitor ; lvis: monitor (computer equipment) computer monitor
  computer = desktop computer
    laptop = macbook, lap top ; lvis: laptop computer, notebook computer
    tablet computer = ipad ; objects365: tablet
    computer box
  mouse ; openimages: computer mouse ; lvis: mouse (computer equipment)
  keyboard ; openimages: computer keyboard ; lvis: keyboard (computer)
  remote = remote controller, wii remote, tv remote, wiimote ; openimages: remote control
  game controller = joypad ; lvis: controller
  telephone = landline ; lvis: telephone set
    cell phone = mobile, iphone, smartphone ; openimages: mobile phone ; lvis: phone, cellphone, cellular telephone, cellular phone, smart phone
    corded phone
  headphones ; objects365: head phone ; lvis: headphone
    earphone = earbud ; lvis: earpiece
    headset
  speaker = loudspeaker ; lvis: speaker (stero equipment)
    subwoofer
  microphone = mic
    boom microphone ; lvis: microphone boom
  camera < tool
    camcorder
    television camera ; lvis: tv camera
    webcam
    surveillance camera = security camera
    digital camera
  camera lens
    telephoto lens ; lvis: zoom lens
  projector
  printer ; lvis: printing machine
  fax < office supplies
  copier
  scanner
  calculator < office supplies
  router ; objects365: router modem ; lvis: router (computer equipment)
  converter
  ipod = mp3 player
  cassette deck
  cd player
  record player ; lvis: phonograph (record player), turntable
  radio ; lvis: radio receiver, radio set, tuner (radio)
  stereo ; lvis: stereo (sound system)
  amplifier
  antenna ; lvis: transmitting aerial
    satellite dish ; lvis: dish antenna
  radar
  joystick
  game console = video game console
  vending machine
  cash register ; lvis: register (for cash transactions)
  ticket machine
  atm
  pager ; lvis: beeper
  generator
  battery
  recorder
  inhaler ; lvis: inhalator
  control
  barcode scanner
cd
cassette
videotape
phonograph record ; lvis: phonograph recording, record (phonograph recording)
mousepad
solar panel ; lvis: solar array, solar battery
`
