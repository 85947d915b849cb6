/** Clothing, jewelry and bags. The notation is that of `parseLabelRows`. */
export const clothingRows = `
clothing = clothes, apparel, outfit, attire
  shirt
    t shirt = tee ; lvis: tee shirt ; in lvis: jersey
    polo shirt ; lvis: sport shirt
    blouse
    tank top ; lvis: tank top (clothing)
    halter top
    jersey
    undershirt
  sweater
    cardigan
    turtleneck ; lvis: turtleneck (clothing), polo neck
    sweatshirt = hoodie
    fleece
  jacket
    blazer ; lvis: sport jacket, sport coat, sports jacket, sports coat
    ski parka ; lvis: ski jacket
    parka ; lvis: anorak
    leather jacket
    raincoat ; lvis: waterproof jacket
  coat
    trench coat
    lab coat ; lvis: laboratory coat
  vest ; lvis: waistcoat
  life jacket ; openimages: lifejacket, personal flotation device ; lvis: life vest < sports equipment
  bulletproof vest
  suit ; lvis: suit (clothing)
    dress suit
    tuxedo ; lvis: tux
  trousers = pants, pant, slacks ; lvis: pants (clothing)
    jeans ; lvis: jean, blue jean
    sweat pants
    leggings = legging ; lvis: legging (clothing), leging (clothing), leg covering
    overalls ; lvis: overalls (clothing)
  shorts ; lvis: short pants, shorts (clothing), trunks (clothing)
  chaps ; in lvis: chap
  skirt
    miniskirt
    ballet skirt ; lvis: tutu
    kilt
  dress = gown ; lvis: frock
    bridal gown ; lvis: wedding gown, wedding dress
  kimono
  robe
    bathrobe
  cape
  cloak
  poncho
  shawl
  jumpsuit
    coverall
  costume
  pajamas ; lvis: pyjamas
  nightshirt ; lvis: nightwear, sleepwear, nightclothes
  underwear ; lvis: underclothes, underclothing, underpants
    brassiere ; lvis: bra, bandeau
    underdrawers ; lvis: boxers, boxershorts
    corset ; lvis: girdle
    breechcloth ; lvis: breechclout, loincloth
  tights ; lvis: tights (clothing), leotards
    pantyhose
  swimwear ; lvis: swimsuit, bathing suit, swimming costume, bathing costume, swimming trunks, bathing trunks
    bikini
    wet suit
  swim cap
  sports uniform = uniform
  sportswear ; lvis: athletic wear, activewear
  apron
  bib
  diaper < personal care
  flannel
  tartan ; lvis: plaid
  leather
  armor ; lvis: armour
    chain mail ; lvis: ring mail, chain armor, chain armour, ring armor, ring armour
  veil
  footwear
    shoe ; objects365: other shoes ; lvis: sneaker (type of shoe), tennis shoe
      sneakers
      leather shoes
      high heels = heels
      sandal ; objects365: sandals ; lvis: sandal (type of shoe)
        flip flop ; lvis: flip flop (sandal)
      slipper ; objects365: slippers ; lvis: slipper (footwear), carpet slipper (footwear)
      galosh ; lvis: arctic (type of shoe), golosh, rubber (type of shoe), gumshoe
      ballet shoe
    boot ; objects365: boots
      ski boot
    roller skates ; lvis: roller skate < sports equipment
      rollerblade
    ice skate < sports equipment
    skating and skiing shoes
    swim fin ; lvis: flipper (footwear), fin (footwear)
  fashion accessory = accessory
    hat
      cowboy hat ; lvis: ten gallon hat
      fedora
      sombrero
      sun hat ; lvis: sunhat
      cap = ball cap ; lvis: cap (headwear)
        baseball cap ; lvis: jockey cap, golf cap
        shower cap
        skullcap
      beanie ; lvis: beany
      beret
      bonnet
      bowler hat ; lvis: derby hat, plug hat
      dress hat ; lvis: high hat, opera hat, silk hat, top hat
      turban
      hard hat < helmet
    tiara
    crown
    glove ; objects365: gloves
      baseball glove = mitt ; lvis: baseball mitt < sports equipment
      boxing glove
      mitten
    belt
      belt buckle
      cincture ; lvis: sash, waistband, waistcloth
    sunglasses < personal care
    glasses = eyeglass, spectacle ; lvis: spectacles, specs, eyeglasses < personal care
    goggles < personal care
    eyepatch
    scarf = scarves
    tie = neck tie ; lvis: necktie, tie (necktie)
      bow tie ; lvis: bowtie
      bolo tie ; lvis: bola tie
    sock
    watch ; lvis: wristwatch
      pocket watch
    umbrella
      parasol ; lvis: sunshade
    jewelry ; lvis: jewellery
      necklace
        choker
      earrings ; lvis: earring
      bracelet ; lvis: bangle
      ring
        wedding ring ; lvis: wedding band
      anklet ; lvis: ankle bracelet
      brooch ; lvis: broach
      pendant
    jewel ; lvis: gem, precious stone
    bead
    bandanna ; lvis: bandana
    neckerchief
    headscarf
    handkerchief
    suspenders
    headband
    sweatband
    wristband
    wristlet ; lvis: wrist band
    armband
    cufflink
    lanyard ; lvis: laniard
    visor ; lvis: vizor
    hairnet
    hairpin
      bobby pin ; lvis: hairgrip
    barrette
    wig
    mask ; lvis: facemask
    gas mask ; lvis: gasmask, respirator, gas helmet
    ribbon
    bow ; lvis: bow (decorative ribbons)
    tassel
    plume
  helmet < sports equipment
    bicycle helmet
    football helmet
  bag ; openimages: luggage and bags
    handbag = hand bag ; objects365: handbag satchel ; lvis: purse, pocketbook < fashion accessory
      clutch bag
      shoulder bag
      satchel
      tote bag
    backpack = back pack, bookbag ; lvis: knapsack, packsack, rucksack, haversack
    suitcase = suit case ; objects365: luggage ; lvis: baggage
    briefcase
    duffel bag ; lvis: duffle bag, duffel, duffle
    shopping bag
    grocery bag
    plastic bag < office supplies
    paper bag
    beanbag
    sleeping bag
  wallet ; objects365: wallet purse ; lvis: billfold
  button
  clasp
  zipper
  dog collar ; lvis: collar
  strap
  clothes hanger ; objects365: hanger ; lvis: coat hanger, dress hanger
  clothespin ; lvis: clothes peg
`
