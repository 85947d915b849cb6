/** Where a synonym was met: the data set or vocabulary that uses it, or `common` for everyday English. */
export type SynonymSource = 'voc' | 'objects365' | 'openimages' | 'lvis' | 'common'

/** One row of the label table: a canonical name, the group above it, and the other names that mean the same thing. */
export interface LabelRow {
  readonly name: string
  /** The wider group, COCO's supercategory. */
  readonly group: string
  /** Other names and where each was met, in the spelling that `normaliseLabel` gives. */
  readonly synonyms: Readonly<Record<string, SynonymSource>>
}

/** Raise it with every change of a row: the version is recorded with a decision that used the table. */
export const labelTableVersion = 'coco80-1'

/**
 * The synonym table that lets detectors with different vocabularies vote on the same thing. Only names that stand for the
 * same objects are synonyms; narrower names whose breadth differs between data sets (pickup truck, van) have no row.
 */
export const labelTable: readonly LabelRow[] = [
  {
    name: 'person',
    group: 'person',
    synonyms: {
      human: 'lvis',
      man: 'lvis',
      woman: 'lvis',
      boy: 'lvis',
      girl: 'lvis',
      child: 'lvis',
      baby: 'lvis',
      people: 'common',
      pedestrian: 'common',
    },
  },
  { name: 'bicycle', group: 'vehicle', synonyms: { bike: 'common', cycle: 'common', pushbike: 'common' } },
  { name: 'car', group: 'vehicle', synonyms: { automobile: 'common', auto: 'common', 'motor car': 'common' } },
  {
    name: 'motorcycle',
    group: 'vehicle',
    synonyms: { motorbike: 'voc', 'motor bike': 'common', 'motor cycle': 'common' },
  },
  { name: 'airplane', group: 'vehicle', synonyms: { aeroplane: 'voc', plane: 'common', aircraft: 'common' } },
  { name: 'bus', group: 'vehicle', synonyms: { autobus: 'common', motorbus: 'common' } },
  { name: 'train', group: 'vehicle', synonyms: { 'railway train': 'common' } },
  { name: 'truck', group: 'vehicle', synonyms: { lorry: 'common' } },
  { name: 'boat', group: 'vehicle', synonyms: {} },
  {
    name: 'traffic light',
    group: 'outdoor',
    synonyms: { 'traffic lights': 'common', 'traffic signal': 'common', stoplight: 'common', 'stop light': 'common' },
  },
  { name: 'fire hydrant', group: 'outdoor', synonyms: { fireplug: 'lvis', hydrant: 'lvis' } },
  { name: 'stop sign', group: 'outdoor', synonyms: { stopsign: 'common' } },
  { name: 'parking meter', group: 'outdoor', synonyms: {} },
  { name: 'bench', group: 'outdoor', synonyms: {} },
  { name: 'bird', group: 'animal', synonyms: { 'wild bird': 'objects365' } },
  { name: 'cat', group: 'animal', synonyms: {} },
  { name: 'dog', group: 'animal', synonyms: {} },
  { name: 'horse', group: 'animal', synonyms: {} },
  { name: 'sheep', group: 'animal', synonyms: {} },
  { name: 'cow', group: 'animal', synonyms: { cattle: 'openimages', ox: 'common', bull: 'openimages' } },
  { name: 'elephant', group: 'animal', synonyms: {} },
  { name: 'bear', group: 'animal', synonyms: {} },
  { name: 'zebra', group: 'animal', synonyms: {} },
  { name: 'giraffe', group: 'animal', synonyms: {} },
  {
    name: 'backpack',
    group: 'accessory',
    synonyms: { rucksack: 'lvis', knapsack: 'lvis', packsack: 'lvis', haversack: 'lvis' },
  },
  { name: 'umbrella', group: 'accessory', synonyms: {} },
  {
    name: 'handbag',
    group: 'accessory',
    synonyms: { 'handbag satchel': 'objects365', purse: 'lvis', pocketbook: 'lvis', 'hand bag': 'common' },
  },
  { name: 'tie', group: 'accessory', synonyms: { necktie: 'lvis', 'neck tie': 'common' } },
  { name: 'suitcase', group: 'accessory', synonyms: { luggage: 'objects365', baggage: 'lvis', 'suit case': 'common' } },
  { name: 'frisbee', group: 'sports', synonyms: { 'flying disc': 'openimages' } },
  { name: 'skis', group: 'sports', synonyms: { ski: 'lvis' } },
  { name: 'snowboard', group: 'sports', synonyms: { 'snow board': 'common' } },
  {
    name: 'sports ball',
    group: 'sports',
    synonyms: {
      ball: 'openimages',
      'soccer ball': 'common',
      football: 'openimages',
      basketball: 'objects365',
      'tennis ball': 'lvis',
      baseball: 'objects365',
      volleyball: 'objects365',
    },
  },
  { name: 'kite', group: 'sports', synonyms: {} },
  { name: 'baseball bat', group: 'sports', synonyms: {} },
  { name: 'baseball glove', group: 'sports', synonyms: { 'baseball mitt': 'lvis' } },
  { name: 'skateboard', group: 'sports', synonyms: { 'skate board': 'common' } },
  { name: 'surfboard', group: 'sports', synonyms: { 'surf board': 'common' } },
  { name: 'tennis racket', group: 'sports', synonyms: { 'tennis racquet': 'common' } },
  { name: 'bottle', group: 'kitchen', synonyms: {} },
  { name: 'wine glass', group: 'kitchen', synonyms: { wineglass: 'lvis' } },
  { name: 'cup', group: 'kitchen', synonyms: { mug: 'lvis', 'coffee cup': 'openimages', teacup: 'lvis' } },
  { name: 'fork', group: 'kitchen', synonyms: {} },
  { name: 'knife', group: 'kitchen', synonyms: {} },
  { name: 'spoon', group: 'kitchen', synonyms: {} },
  { name: 'bowl', group: 'kitchen', synonyms: { 'bowl basin': 'objects365' } },
  { name: 'banana', group: 'food', synonyms: {} },
  { name: 'apple', group: 'food', synonyms: {} },
  { name: 'sandwich', group: 'food', synonyms: {} },
  { name: 'orange', group: 'food', synonyms: { 'orange tangerine': 'objects365' } },
  { name: 'broccoli', group: 'food', synonyms: {} },
  { name: 'carrot', group: 'food', synonyms: {} },
  { name: 'hot dog', group: 'food', synonyms: { hotdog: 'common', 'frankfurter in a bun': 'common' } },
  { name: 'pizza', group: 'food', synonyms: {} },
  { name: 'donut', group: 'food', synonyms: { doughnut: 'openimages' } },
  { name: 'cake', group: 'food', synonyms: {} },
  { name: 'chair', group: 'furniture', synonyms: {} },
  { name: 'couch', group: 'furniture', synonyms: { sofa: 'voc', settee: 'common' } },
  {
    name: 'potted plant',
    group: 'furniture',
    synonyms: { pottedplant: 'voc', houseplant: 'openimages', 'house plant': 'common' },
  },
  { name: 'bed', group: 'furniture', synonyms: {} },
  { name: 'dining table', group: 'furniture', synonyms: { diningtable: 'voc', 'dinning table': 'objects365' } },
  { name: 'toilet', group: 'furniture', synonyms: {} },
  {
    name: 'tv',
    group: 'electronic',
    synonyms: {
      tvmonitor: 'voc',
      'tv monitor': 'common',
      'monitor tv': 'objects365',
      'moniter tv': 'objects365',
      television: 'openimages',
      'television set': 'lvis',
      'tv set': 'lvis',
    },
  },
  { name: 'laptop', group: 'electronic', synonyms: { 'laptop computer': 'lvis', 'notebook computer': 'lvis' } },
  { name: 'mouse', group: 'electronic', synonyms: { 'computer mouse': 'openimages' } },
  { name: 'remote', group: 'electronic', synonyms: { 'remote control': 'openimages', 'remote controller': 'common' } },
  { name: 'keyboard', group: 'electronic', synonyms: { 'computer keyboard': 'openimages' } },
  {
    name: 'cell phone',
    group: 'electronic',
    synonyms: {
      'mobile phone': 'openimages',
      cellphone: 'common',
      'cellular telephone': 'lvis',
      smartphone: 'lvis',
      'cellular phone': 'lvis',
    },
  },
  { name: 'microwave', group: 'appliance', synonyms: { 'microwave oven': 'openimages' } },
  { name: 'oven', group: 'appliance', synonyms: {} },
  { name: 'toaster', group: 'appliance', synonyms: {} },
  { name: 'sink', group: 'appliance', synonyms: {} },
  { name: 'refrigerator', group: 'appliance', synonyms: { fridge: 'common' } },
  { name: 'book', group: 'indoor', synonyms: {} },
  { name: 'clock', group: 'indoor', synonyms: { timepiece: 'lvis' } },
  { name: 'vase', group: 'indoor', synonyms: {} },
  { name: 'scissors', group: 'indoor', synonyms: { scissor: 'openimages' } },
  { name: 'teddy bear', group: 'indoor', synonyms: { teddy: 'common', teddybear: 'common' } },
  {
    name: 'hair drier',
    group: 'indoor',
    synonyms: { 'hair dryer': 'objects365', hairdryer: 'common', 'blow dryer': 'common' },
  },
  { name: 'toothbrush', group: 'indoor', synonyms: { 'tooth brush': 'common' } },
]
