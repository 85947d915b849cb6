/**
 * Animals. Everyday breeds and young are rows of their own below the animal. The notation is that of `parseLabelRows`.
 */
export const animalsRows = `
animal
  pet
  cub ; lvis: cub (animal)
  mammal
    carnivore
      bear
        brown bear
          grizzly ; lvis: grizzly bear
        polar bear
        panda ; lvis: giant panda, panda bear
        black bear
      cat = tomcat, feline
        kitten ; lvis: kitty
        tabby = tabby cat
        siamese cat
      dog = doggy, hound, canine
        puppy = pup
        bulldog
        dalmatian
        pug ; lvis: pug dog
        sheepdog ; lvis: shepherd dog
        poodle
        labrador
        golden retriever = retriever
        husky
        terrier
        beagle
        chihuahua
        corgi
        dachshund
        collie
        german shepherd
        greyhound
      fox
      wolf = wolves
      lion = lioness
      tiger
      leopard
      cheetah
      jaguar ; openimages: jaguar (animal)
      lynx
      cougar ; lvis: puma, catamount, mountain lion, panther
      red panda
      otter
      raccoon
      ferret
    elephant
    giraffe
    zebra
    horse
      pony
      foal = colt
      mare
      stallion
    donkey ; lvis: domestic ass
    mule
    cow = bovine ; openimages: cattle
      bull ; lvis: horned cow
      calf = calves
      ox = oxen
      steer
      heifer
    yak
    bison = buffalo
    sheep
      lamb ; lvis: lamb (animal)
      ram ; lvis: ram (animal)
      ewe
      black sheep
    goat
    pig ; lvis: hog
      piglet
    deer ; lvis: cervid
      elk ; lvis: moose
      reindeer
    antelope
      gazelle
    camel
    alpaca
    llama
    kangaroo
    koala ; lvis: koala bear
    rhinoceros = rhino
    hippopotamus = hippo
    mammoth
    monkey
      baboon
    gorilla
    chimpanzee
    bat (animal) ; in openimages: bat
    rabbit = bunny
    squirrel
    rodent
      mouse (animal) = mice ; in openimages: mouse
      rat
      hamster
      porcupine
      chipmunk
      beaver
    hedgehog
    skunk
    armadillo
    marine mammal
      dolphin
      whale
      seal
        harbor seal
      sea lion
      walrus
      manatee
  bird = birdie ; objects365: wild bird
    chicken = hen ; lvis: chicken (animal)
      rooster ; lvis: cock
      chick
    duck
      mallard
      duckling
    goose = geese
    swan
    turkey
    peacock
    pigeon
    dove
    seabird ; lvis: seafowl
      gull ; lvis: seagull
      pelican
      puffin
    crow
    raven
    magpie
    blue jay
    sparrow
    robin
    finch
    canary
    hummingbird
    woodpecker
    parrot
      parakeet ; lvis: parrakeet, parroket, paraquet, paroquet, parroquet
      cockatoo
      macaw
    owl
    eagle
    falcon
    hawk
    vulture
    heron
    egret
    stork
    flamingo
    ostrich
    emu
    penguin
  reptile
    lizard
    snake ; lvis: serpent
    crocodile
    alligator ; lvis: gator
    turtle
      tortoise
      sea turtle
    dinosaur
  frog ; lvis: toad, toad frog
  fish ; objects365: other fish
    goldfish
    shark
    rays and skates
    seahorse
    eel
    puffer ; lvis: puffer (fish), pufferfish, blowfish, globefish
    salmon (fish)
  invertebrate
    insect = bug
      bee
      hornet = wasp
      fly
      ant
      beetle
        ladybug ; lvis: ladybeetle, ladybird beetle
      cockroach
      dragonfly
      moths and butterflies
        butterfly
        moth
        caterpillar
    spider
    tick
    centipede
    scorpion
    worm
    snail
    marine invertebrates
      starfish ; lvis: sea star
      jellyfish
      octopus ; lvis: octopus (animal)
      isopod
      squid < seafood
  shellfish < seafood
    crab ; lvis: crab (animal) < marine invertebrates
    lobster < marine invertebrates
    crawfish ; lvis: crayfish
    shrimp ; lvis: prawn < marine invertebrates
    oyster < invertebrate
    scallop
    clam
`
