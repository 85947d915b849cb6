/**
 * Vehicles and their parts. COCO's annotators call a pickup a truck and split vans between car and truck: a van is a
 * motor vehicle. The notation is that of `parseLabelRows`.
 */
export const vehiclesRows = `
vehicle
  land vehicle
    bicycle = bike, cycle, pushbike ; lvis: bike (bicycle) < sports equipment
    unicycle
    tricycle
    motor vehicle ; lvis: automotive vehicle
      car = auto, motor car ; lvis: automobile, car (automobile), auto (automobile)
        limousine = limo
        taxi = cab ; lvis: cab (taxi), taxicab
        suv
        sports car
        race car ; objects365: formula 1 ; lvis: racing car
        convertible ; lvis: convertible (automobile)
        jeep ; lvis: landrover
        police cruiser ; lvis: patrol car, police car, squad car
        sedan
        hatchback
        station wagon
      van
        minivan
      bus = coach bus ; lvis: bus (vehicle), autobus, charabanc, motorbus, motorcoach
        school bus
        double decker bus ; lvis: double decker
      truck = lorry
        pickup truck = pickup, pick up truck
        fire truck = firetruck ; lvis: fire engine
        heavy truck
        trailer truck = semi, eighteen wheeler, 18 wheeler ; lvis: tractor trailer, trucking rig, articulated lorry, semi truck
        tow truck
        garbage truck
        dump truck
      motorhome = rv ; lvis: camper (vehicle), camping bus, motor home
      ambulance
      motorcycle = motor bike, motor cycle ; voc: motorbike
        dirt bike
        moped
        motor scooter = vespa < scooter
      snowmobile
      golf cart ; lvis: golfcart
    scooter
    segway
    hoverboard
    rickshaw
    machinery vehicle
      tractor ; lvis: tractor (farm equipment)
      bulldozer ; lvis: dozer
      excavator = backhoe ; lvis: power shovel, digger
      forklift
    tank ; lvis: army tank, armored combat vehicle, armoured combat vehicle < weapon
    snowplow
    train = railway train ; lvis: train (railroad vehicle), railroad train
      bullet train
      locomotive
      subway train
    tram = streetcar, trolley car
    railcar ; lvis: railcar (part of a train), railway car (part of a train), railroad car (part of a train)
      passenger car ; lvis: passenger car (part of a train), coach (part of a train)
      freight car
      caboose ; lvis: cabin car
    trailer
    cart
      trolley
      handcart ; lvis: pushcart, hand truck
      wheelbarrow ; lvis: barrow, garden cart, lawn cart
      shopping cart
    wagon
    carriage
      horse carriage
      horse buggy
      stagecoach
    stroller ; lvis: baby buggy, baby carriage, perambulator, pram
    wheelchair < personal care
    sled ; lvis: sledge, sleigh
  watercraft = vessel
    boat
      ship
        cargo ship ; lvis: cargo vessel
        cruise ship ; lvis: cruise liner
        passenger ship
      sailboat = sailing boat
      yacht
      ferry ; lvis: ferryboat
      barge
      gondola ; lvis: gondola (boat)
      canoe
      kayak
      dinghy ; lvis: dory, rowboat
      houseboat
      river boat
      motorboat = speedboat
      tugboat
    raft
    jet ski ; lvis: water scooter, sea scooter
    submarine
  aircraft
    airplane = plane, airliner ; voc: aeroplane
      jet plane = jet, jetliner, jumbo jet ; lvis: jet propelled plane
      fighter jet ; lvis: fighter aircraft, attack aircraft
      seaplane ; lvis: hydroplane
      biplane
      propeller plane
    helicopter
    rocket
    space shuttle
    hot air balloon
    blimp
    drone
    glider
vehicle part
  auto part
    wheel
      bicycle wheel
      wagon wheel
      steering wheel
    tire = tyre
    seat belt
    license plate ; openimages: vehicle registration plate ; lvis: numberplate
    headlight ; lvis: headlamp
    taillight ; lvis: rear light
    brake light
    blinker
    windshield wiper ; lvis: windscreen wiper, wiper (for windshield screen)
    rearview mirror
    car battery ; lvis: automobile battery
    hubcap
    grille ; lvis: grillwork, radiator grille ; in lvis: grill
    reflector
  propeller ; lvis: propellor
  motor = engine
  sail
  mast
animal equipment
  saddle ; lvis: saddle (on an animal)
  saddlebag
  stirrup
  bridle ; lvis: headstall (for horses), headpiece (for horses)
  noseband ; lvis: noseband (for animals), nosepiece (for animals)
  nosebag ; lvis: nosebag (for animals), feedbag
  horse blinder ; lvis: blinder (for horses)
  yoke ; lvis: yoke (animal equipment)
`
