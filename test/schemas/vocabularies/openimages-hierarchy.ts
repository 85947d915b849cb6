/**
 * The hierarchy of Open Images' 600 classes (`bbox_labels_600_hierarchy.json` of V4 and later, its Subcategory lines; its Part
 * lines say what belongs to what, not what is what), by display name: a class, and those right below it.
 */
export const openimagesHierarchy: readonly { readonly parent: string; readonly children: readonly string[] }[] = `
Toy: Doll, Balloon, Dice, Flying disc, Kite, Teddy bear
Home appliance: Washing machine, Toaster, Oven, Blender, Gas stove, Mechanical fan, Heater, Kettle, Hair dryer, Refrigerator, Wood-burning stove, Humidifier, Mixer, Coffeemaker, Microwave oven, Dishwasher, Sewing machine, Hand dryer, Ceiling fan
Plumbing fixture: Sink, Bidet, Shower, Tap, Bathtub, Toilet
Office supplies: Scissors, Poster, Calculator, Box, Stapler, Whiteboard, Pencil sharpener, Eraser, Fax, Adhesive tape, Ring binder, Pencil case, Plastic bag, Paper cutter, Toilet paper, Envelope, Pen
Kitchenware: Kitchen utensil, Tableware, Frying pan, Wok, Spice rack, Kitchen appliance
Kitchen utensil: Chopsticks, Ladle, Spatula, Can opener, Cutting board, Whisk, Drinking straw, Knife, Bottle opener, Measuring cup, Pizza cutter, Spoon, Fork
Tableware: Chopsticks, Teapot, Mug, Coffee cup, Salt and pepper shakers, Mixing bowl, Saucer, Cocktail shaker, Bottle, Bowl, Plate, Pitcher (Container), Kitchen knife, Jug, Platter, Wine glass, Spoon, Fork, Serving tray, Cake stand
Kitchen appliance: Oven, Blender, Slow cooker, Food processor, Refrigerator, Waffle iron, Mixer, Coffeemaker, Microwave oven, Pressure cooker, Dishwasher
Furniture: Chair, Cabinetry, Desk, Wine rack, Couch, Wardrobe, Nightstand, Bookcase, Bed, Filing cabinet, Table, Chest of drawers, Cupboard, Bench, Drawer, Stool, Shelf, Wall clock, Bathroom cabinet, Closet
Couch: Sofa bed, Loveseat
Bed: Infant bed, Studio couch
Table: Coffee table, Kitchen & dining room table
Clock: Alarm clock, Digital clock, Wall clock
Sculpture: Snowman, Bust, Bronze sculpture
Bathroom accessory: Towel, Toilet paper, Soap dispenser, Facial tissue holder
Traffic sign: Stop sign
Building: Tree house, Lighthouse, Skyscraper, Castle, Tower, House, Office building, Convenience store
Person: Man, Woman, Boy, Girl
Food: Fast food, Waffle, Pancake, Burrito, Snack, Dessert, Guacamole, Fruit, Egg (Food), Baked goods, Mushroom, Pasta, Pizza, Seafood, Taco, Cooking spray, Vegetable, Honeycomb, Sandwich, Dairy Product, Sushi
Fast food: Hot dog, French fries
Snack: Pretzel, Popcorn, Cookie
Dessert: Muffin, Cookie, Ice cream, Cake, Candy
Fruit: Apple, Grape, Common fig, Pear, Strawberry, Tomato, Lemon, Banana, Orange, Peach, Mango, Pineapple, Grapefruit, Pomegranate, Watermelon, Cantaloupe
Baked goods: Pretzel, Bagel, Muffin, Cookie, Bread, Pastry
Pastry: Doughnut, Croissant, Tart
Seafood: Squid, Shellfish
Shellfish: Oyster, Lobster, Shrimp, Crab
Vegetable: Cucumber, Radish, Artichoke, Potato, Tomato, Garden Asparagus, Squash (Plant), Cabbage, Carrot, Salad, Broccoli, Bell pepper, Winter melon
Squash (Plant): Pumpkin, Zucchini
Sandwich: Hamburger, Submarine sandwich
Dairy Product: Cheese, Milk
Plant: Houseplant, Tree, Flower
Tree: Christmas tree, Palm tree, Maple, Willow
Flower: Lavender (Plant), Rose, Common sunflower, Lily
Vehicle: Land vehicle, Watercraft, Aircraft
Land vehicle: Ambulance, Cart, Bicycle, Bus, Snowmobile, Golf cart, Motorcycle, Segway, Tank, Train, Truck, Unicycle, Car, Taxi, Wheelchair
Car: Limousine, Van
Watercraft: Boat, Jet ski, Submarine
Boat: Barge, Gondola, Canoe
Aircraft: Helicopter, Airplane, Rocket
Clothing: Shorts, Dress, Swimwear, Brassiere, Tiara, Shirt, Coat, Suit, Hat, Scarf, Skirt, Jacket, Fashion accessory, Swim cap, Trousers, Footwear, Sports uniform, Luggage and bags, Helmet
Hat: Cowboy hat, Fedora, Sombrero, Sun hat
Skirt: Miniskirt
Fashion accessory: Glove, Belt, Sunglasses, Tiara, Necklace, Sock, Earrings, Tie, Goggles, Hat, Scarf, Handbag, Watch, Umbrella, Glasses, Crown
Glove: Baseball glove
Trousers: Jeans
Footwear: Roller skates, Boot, High heels, Sandal
Luggage and bags: Backpack, Suitcase, Briefcase, Handbag
Helmet: Bicycle helmet, Football helmet
Animal: Bird, Invertebrate, Mammal, Reptile, Fish, Shellfish
Bird: Magpie, Woodpecker, Blue jay, Ostrich, Penguin, Raven, Chicken, Eagle, Owl, Duck, Canary, Goose, Swan, Falcon, Parrot, Sparrow, Turkey
Invertebrate: Tick, Centipede, Marine invertebrates, Insect, Scorpion, Worm, Spider, Oyster, Snail
Marine invertebrates: Starfish, Isopod, Squid, Lobster, Jellyfish, Shrimp, Crab
Insect: Bee, Beetle, Ant, Moths and butterflies, Dragonfly
Beetle: Ladybug
Moths and butterflies: Caterpillar, Butterfly
Mammal: Bat (Animal), Carnivore, Camel, Cattle, Giraffe, Rhinoceros, Goat, Horse, Hamster, Kangaroo, Koala, Mouse, Pig, Rabbit, Squirrel, Sheep, Zebra, Monkey, Hippopotamus, Deer, Elephant, Porcupine, Hedgehog, Bull, Antelope, Mule, Marine mammal, Skunk, Alpaca, Armadillo
Carnivore: Bear, Cat, Fox, Jaguar (Animal), Lynx, Red panda, Tiger, Lion, Dog, Leopard, Cheetah, Otter, Raccoon
Bear: Brown bear, Panda, Polar bear, Teddy bear
Marine mammal: Dolphin, Whale, Sea lion, Harbor seal
Reptile: Dinosaur, Lizard, Snake, Turtle, Crocodile, Frog
Turtle: Tortoise, Sea turtle
Fish: Goldfish, Shark, Rays and skates, Seahorse
Cosmetics: Face powder, Hair spray, Lipstick, Perfume
Personal care: Toothbrush, Sunglasses, Goggles, Crutch, Cream, Diaper, Glasses, Wheelchair
Medical equipment: Syringe, Stretcher, Stethoscope, Band-aid
Musical instrument: Organ (Musical Instrument), Banjo, Cello, Drum, French horn, Guitar, Harp, Harpsichord, Harmonica, Musical keyboard, Oboe, Piano, Saxophone, Trombone, Trumpet, Violin, Chime, Flute, Accordion, Maracas
Sports equipment: Paddle, Ball, Bicycle, Surfboard, Bow and arrow, Hiking equipment, Roller skates, Flying disc, Baseball bat, Baseball glove, Punching bag, Golf ball, Personal flotation device, Scoreboard, Snowboard, Skateboard, Ski, Bowling equipment, Dumbbell, Stationary bicycle, Treadmill, Training bench, Indoor rower, Horizontal bar, Parachute, Racket, Balance beam, Helmet, Billiard table
Ball: Football, Cricket ball, Volleyball (Ball), Tennis ball, Rugby ball
Racket: Tennis racket, Table tennis racket
Tool: Container, Ladder, Toothbrush, Screwdriver, Drill (Tool), Chainsaw, Wrench, Flashlight, Scissors, Ratchet (Device), Kitchen utensil, Hammer, Scale, Snowplow, Nail (Construction), Tripod, Torch, Chisel, Axe, Camera, Grinder, Ruler, Binoculars
Container: Tin can, Barrel, Bottle, Picnic basket, Jug, Waste container, Beaker, Flowerpot
Weapon: Bow and arrow, Cannon, Dagger, Knife, Rifle, Shotgun, Tank, Axe, Handgun, Sword, Missile, Bomb
Telephone: Mobile phone, Corded phone
Drink: Beer, Cocktail, Coffee, Juice, Tea, Wine
Auto part: Vehicle registration plate, Wheel, Seat belt, Tire
`
  .trim()
  .split('\n')
  .map((line) => {
    const [parent = '', children = ''] = line.split(': ')
    return { parent, children: children.split(', ') }
  })
