/**
 * What food is kept, cooked and eaten with, appliances, and other containers. COCO's cup holds mugs too; a drinking
 * glass is no cup. The notation is that of `parseLabelRows`.
 */
export const kitchenRows = `
kitchenware
  tableware
    chinaware
    plate
      paper plate
      salad plate ; lvis: salad bowl
    dish
    saucer
    platter
    bowl ; objects365: bowl basin
      mixing bowl
      soup bowl
      sugar bowl
      punch bowl
    cup
      mug
      coffee cup
      teacup
      paper cup ; lvis: dixie cup
    glass = tumbler ; lvis: drinking glass, glass (drink container)
      wine glass ; lvis: wineglass
      champagne flute ; lvis: flute glass
      shot glass
    chalice
    water pitcher ; openimages: pitcher (container) ; lvis: pitcher (vessel for liquid), ewer ; in openimages: pitcher
      cream pitcher
    jug < container
      water jug
    gravy boat ; lvis: gravy holder
    teapot ; objects365: tea pot
    coffee pot ; lvis: coffeepot
    bottle < container
      beer bottle
      wine bottle
      water bottle
      thermos bottle
    fork < kitchen utensil
    knife = knives < kitchen utensil, weapon
      kitchen knife
      pocketknife
      steak knife
      butter knife
    spoon < kitchen utensil
      soupspoon
      teaspoon
      wooden spoon
    chopsticks ; lvis: chopstick < kitchen utensil
    serving tray
    cake stand
    salt and pepper shakers
    cocktail shaker
    shaker
      saltshaker
      pepper mill ; lvis: pepper grinder
    napkin ; lvis: table napkin, serviette
    place mat
    tablecloth
    coaster
  kitchen utensil = utensil < tool
    ladle
    spatula
    whisk
    tongs ; objects365: tong
    can opener ; lvis: tin opener
    bottle opener
      corkscrew ; lvis: bottle screw
    cutting board ; objects365: cutting chopping board ; lvis: chopping board, chopping block
    drinking straw = straw ; lvis: straw (for drinking)
    measuring cup
    pizza cutter
    peeler ; lvis: peeler (tool for fruit and vegetables)
    grater
    strainer
      colander ; lvis: cullender
    funnel
    rolling pin
    masher
    eggbeater ; lvis: eggwhisk
    nutcracker
    juicer ; lvis: reamer (juicer), juice reamer
    skewer
    stirrer
    potholder
    cooking utensil
    ice pick
  pot = cooking pot
    kettle ; lvis: boiler < home appliance
      teakettle
    crock pot ; lvis: earthenware jar
  pan = baking pan ; lvis: pan (for cooking), cooking pan
    frying pan ; lvis: frypan, skillet
    saucepan
    metal pan ; lvis: pan (metal container)
  wok
  griddle
  grill = barbecue, bbq
  spice rack
  bread bin ; lvis: breadbox
  cooker
  pottery ; lvis: clayware
  kitchen appliance
    oven < home appliance
      toaster oven
    microwave ; openimages: microwave oven < home appliance
    blender ; lvis: liquidizer, liquidiser < home appliance
    mixer ; lvis: mixer (kitchen tool), stand mixer < home appliance
    food processor
    coffee machine ; openimages: coffeemaker ; lvis: coffee maker < home appliance
    waffle iron
    slow cooker
    pressure cooker
    rice cooker
    induction cooker
    refrigerator = fridge < home appliance
      mini fridge
    freezer
    dishwasher ; lvis: dishwashing machine < home appliance
    ice maker
    hot plate ; lvis: hotplate
home appliance = appliance
  toaster
  stove = stovetop, stove top, cooktop ; lvis: kitchen stove, range (kitchen appliance), kitchen range, cooking stove
    gas stove
    wood burning stove
  range hood ; objects365: extractor
  washing or drying machine ; objects365: washing machine drying machine
    washing machine ; lvis: automatic washer
    clothes dryer
  sewing machine
  hair drier = hairdryer, blow dryer, blowdryer ; objects365: hair dryer
  hand dryer
  iron ; lvis: iron (for clothing), smoothing iron (for clothing)
  vacuum cleaner = vacuum
  air conditioner
  heater
    radiator
    water heater ; lvis: hot water heater
  fan = electric fan ; openimages: mechanical fan
    ceiling fan
  humidifier
  water cooler
container
  tin can ; lvis: can
    beer can
    milk can
  barrel or bucket ; objects365: barrel bucket
    barrel ; lvis: cask
      keg
    bucket ; lvis: pail
  basket ; lvis: handbasket
    picnic basket
    clothes hamper ; lvis: laundry basket, clothes basket
    hamper
  waste container ; in lvis: garbage
    trash can ; objects365: trash bin can ; lvis: garbage can, wastebin, dustbin, trash barrel, trash bin
    dumpster
  beaker
  flowerpot
  box
    carton
    crate
    storage box
    cigar box
    matchbox
    hatbox
    toolbox
    music box
  jar
  canister ; lvis: cannister
  canteen
  flask
  bin
  urn
  vat
  cylinder
  storage tank ; lvis: tank (storage vessel)
  cistern ; lvis: water tank
  cooler ; lvis: cooler (for food), ice chest
  wine bucket ; lvis: wine cooler
  pouch
  packet
  tray
  piggy bank ; lvis: penny bank
  aerosol can ; lvis: spray can
  ashtray
  atomizer = spray bottle ; lvis: atomiser, nebulizer, nebuliser
  trunk (luggage) ; in lvis: trunk
  fishbowl ; lvis: goldfish bowl
  aquarium ; lvis: fish tank
`
