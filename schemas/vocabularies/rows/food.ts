/** Food and drink. The notation is that of `parseLabelRows`. */
export const foodRows = `
food
  fast food
    hot dog = hotdog, frankfurter in a bun
    french fries = fries, french fry
  sandwich
    hamburger = cheeseburger ; lvis: beefburger, burger
    submarine sandwich
  pizza = pizza pie
  pasta
    spaghetti
    macaroni
  noodles = noodle ; objects365: noddles
  rice
  sushi
  dumpling
  baozi
  spring roll ; objects365: spring rolls ; lvis: egg roll
  taco
  burrito
  quesadilla
  tortilla
  guacamole
  salsa
  sauce
  hummus ; lvis: humus, hommos, hoummos, humous
  waffle
  pancake
  french toast
  crepe ; lvis: crape, french pancake
  omelet ; lvis: omelette
  quiche
  soup
  stew
  casserole
  lasagna ; lvis: lasagne
  salad < vegetable
    coleslaw ; lvis: slaw
  coconut ; lvis: cocoanut < fruit
  egg ; openimages: egg (food) ; lvis: eggs
    boiled egg ; lvis: coddled egg
    egg yolk ; lvis: yolk (egg)
  mushroom
  honeycomb
  honey
  tofu ; lvis: bean curd
  snack
    popcorn
    chips = chip ; lvis: potato chip, crisp (potato chip)
    cracker
  dessert
    cake
      birthday cake
      chocolate cake
      wedding cake ; lvis: bridecake
      cupcake
      cheesecake
    ice cream ; lvis: icecream
    sherbet ; lvis: sherbert
    popsicle
    chocolate mousse
    pudding
    milkshake
    candy
      lollipop
      candy bar
      candy cane
      chocolate bar
      chocolate truffle = truffle ; lvis: truffle (chocolate)
      mint candy
      jelly bean ; lvis: jelly egg
      fudge
      bubble gum
    brownie
    gelatin
  baked goods
    bread = loaf, loaves
      baguette ; lvis: baguet
      bun
      pita ; lvis: pita (bread), pocket bread
      toast ; lvis: toast (food)
      cornbread
    bagel ; lvis: beigel
    pretzel < snack
    muffin < dessert
    cookie ; objects365: cookies ; lvis: cooky, biscuit (cookie) < snack, dessert
    pastry
      donut ; openimages: doughnut
      croissant ; lvis: crescent roll
      tart
      egg tart
      eclair
    pie
    biscuit
  fruit
    apple
    banana
    orange ; objects365: orange tangerine ; lvis: orange (fruit)
      mandarin orange = mandarin
      clementine
      tangerine
    lemon
    lime
    grape
    strawberry
    blueberry
    blackberry
    raspberry
    cherry
    peach
    pear
    plum
    apricot
    mango
    pineapple
    grapefruit
    pomegranate
    watermelon
    melon
      cantaloupe ; lvis: cantaloup
      hami melon ; objects365: hamimelon
    papaya
    kiwi fruit = kiwi
    avocado
    fig ; openimages: common fig ; lvis: fig (fruit)
    date fruit ; lvis: date (fruit)
    persimmon
    prune
    raisin
    durian
    tomato < vegetable
    olive
  vegetable = veggie ; objects365: green vegetables
    broccoli
    carrot
    cauliflower
    cabbage
      red cabbage
    brussels sprouts
    lettuce
    spinach
    celery
    asparagus ; openimages: garden asparagus
    artichoke
    cucumber ; lvis: cuke
    pickle
    potato
      mashed potato
    sweet potato
    radish ; lvis: daikon
    turnip
    beet
    onion
    green onion ; lvis: spring onion, scallion
    garlic
    ginger ; lvis: gingerroot
    pepper
      bell pepper ; lvis: capsicum
      chili ; lvis: chili (vegetable), chili pepper (vegetable), chilli (vegetable), chilly (vegetable), chile (vegetable)
    eggplant ; lvis: aubergine
    squash ; openimages: squash (plant)
      pumpkin
      zucchini ; lvis: courgette
      gourd
    winter melon
    okra
    corn ; lvis: edible corn, maize
    legume
      green bean ; objects365: green beans
      pea ; lvis: pea (food)
      chickpea ; lvis: garbanzo
      bean
  nut ; objects365: nuts
    almond
    peanut
    walnut
  seafood
    calamari ; lvis: squid (food), calamary
    octopus (food)
    fish (food)
    salmon (food)
    crabmeat
    escargot
  meat
    beef ; lvis: beef (food), boeuf (food)
    steak ; lvis: steak (food)
    pork
    ham ; lvis: jambon, gammon
    bacon
    sausage
    salami
    meatball ; objects365: meat ball
    lamb chop ; lvis: lambchop
    rib ; lvis: rib (food)
    patty ; lvis: patty (food)
    turkey (food)
    chicken (food)
  dairy product ; openimages: dairy
    cheese
    cream
      string cheese
    butter
    yogurt ; lvis: yoghurt, yoghourt
    milk < drink
    sour cream ; lvis: soured cream
    whipped cream
  condiment
    ketchup
    mustard
    mayonnaise
    hot sauce
    tabasco sauce
    vinegar
    gravy
    jam
    peanut butter
    applesauce
    salt
    sugar
    peppercorn ; in lvis: pepper
    cayenne ; lvis: cayenne (spice), cayenne pepper (spice), red pepper (spice)
  cooking spray
  olive oil
  batter (food)
  cornmeal
  crouton
  crumb
  grits ; lvis: hominy grits
  canned food ; in objects365: canned
drink = beverage
  water
  coffee
    cappuccino ; lvis: coffee cappuccino
    espresso
    latte
  tea
  juice
    orange juice
    fruit juice
    lemonade
    smoothie
  soda = pop ; lvis: pop (soda), soda (pop), soft drink
    root beer
  hot chocolate = cocoa ; lvis: cocoa (beverage), hot chocolate (beverage), drinking chocolate
  chocolate milk
  soya milk ; lvis: soybean milk, soymilk
  cider ; lvis: cyder
  alcohol ; lvis: alcoholic beverage
    beer
    wine
    champagne
    cocktail
      martini
    liquor ; lvis: hard liquor, liqueur
      vodka
      tequila
      whiskey = whisky
`
