import { labelPhrase } from '../../schemas/vocabularies/index.js'

/** How a noun is counted: dogs, some broccoli, a pair of scissors. */
type Countability = 'count' | 'mass' | 'pair'

const irregularPlurals: Readonly<Record<string, string>> = {
  person: 'people',
  man: 'men',
  woman: 'women',
  child: 'children',
  foot: 'feet',
  tooth: 'teeth',
  goose: 'geese',
  mouse: 'mice',
  ox: 'oxen',
  knife: 'knives',
  loaf: 'loaves',
  leaf: 'leaves',
  shelf: 'shelves',
  wolf: 'wolves',
  calf: 'calves',
  scarf: 'scarves',
  sheep: 'sheep',
  fish: 'fish',
  deer: 'deer',
  aircraft: 'aircraft',
  bus: 'buses',
  piano: 'pianos',
  photo: 'photos',
  radio: 'radios',
  kangaroo: 'kangaroos',
}

/** Labels that are written otherwise in running text. */
const properNames: Readonly<Record<string, string>> = { tv: 'TV', people: 'person' }

const massNouns = new Set([
  'broccoli',
  'bread',
  'rice',
  'cheese',
  'lettuce',
  'garlic',
  'meat',
  'pasta',
  'furniture',
  'luggage',
])

const pairNouns = new Set(
  'scissors skis glasses sunglasses goggles pliers tongs pants trousers jeans shorts binoculars headphones'.split(' '),
)

/** Words whose first letter and first sound disagree. */
const consonantSound = /^(?:uni(?!mp|n[fhtv])|use|usu|uten|uku|ura|eu|ewe|one\b|once\b)/
const vowelSound = /^(?:hour|heir|honest|honou?r|[fhlmnrsx]\b)/

const numerals = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ')

/** A label as running text: one line, single spaces, no alternatives after a slash, lower case but for known names. */
export function nounOf(label: string): string {
  const plain = labelPhrase(label.split('/')[0] ?? label)
    .replaceAll('_', ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()
  return properNames[plain] ?? plain
}

/** The plural of a noun; only its last word changes: "wine glass", "wine glasses". */
export function pluralOf(noun: string): string {
  const words = noun.split(' ')
  const last = words.pop() ?? noun
  return [...words, pluralWord(last)].join(' ')
}

/** "a", "an" by sound, for the words that follow. */
export function articleFor(words: string): 'a' | 'an' {
  const lower = words.toLowerCase()
  if (consonantSound.test(lower)) return 'a'
  return vowelSound.test(lower) || /^[aeiou]/.test(lower) ? 'an' : 'a'
}

/** "a brown dog", "two dogs", "some broccoli", "three pairs of scissors". `count` is at least 1. */
export function countedPhrase(noun: string, count: number, adjectives: readonly string[] = []): string {
  const kind = countabilityOf(noun)
  const described = [...adjectives, noun].join(' ')
  if (kind === 'mass') return `some ${described}`
  if (kind === 'pair') return count === 1 ? `a pair of ${described}` : `${numberWord(count)} pairs of ${described}`
  if (count === 1) return `${articleFor(described)} ${described}`
  return `${numberWord(count)} ${[...adjectives, pluralOf(noun)].join(' ')}`
}

/** Part or all of `total` things already introduced, and whether "is" or "are" follows. */
export interface PartPhrase {
  readonly text: string
  readonly plural: boolean
}

/** "the brown dog", "both dogs", "all five sheep", "one of the dogs", "two gray suitcases", "some of the broccoli". */
export function partPhrase(
  noun: string,
  { count, total, adjectives = [] }: { count: number; total: number; adjectives?: readonly string[] },
): PartPhrase {
  const kind = countabilityOf(noun)
  const described = [...adjectives, noun].join(' ')
  if (kind === 'mass') return { text: `${count === total ? 'the' : 'some of the'} ${described}`, plural: false }
  const one = kind === 'pair' ? `pair of ${described}` : described
  const many = kind === 'pair' ? `pairs of ${described}` : [...adjectives, pluralOf(noun)].join(' ')
  if (total === 1) return { text: `the ${one}`, plural: false }
  if (count === total) return { text: `${count === 2 ? 'both' : `all ${numberWord(count)}`} ${many}`, plural: true }
  if (adjectives.length === 0) return { text: `${numberWord(count)} of the ${many}`, plural: count > 1 }
  return { text: `${numberWord(count)} ${count === 1 ? one : many}`, plural: count > 1 }
}

/** "one" to "twelve", then digits. */
export function numberWord(count: number): string {
  return numerals[count] ?? String(count)
}

function countabilityOf(noun: string): Countability {
  const last = noun.split(' ').at(-1) ?? noun
  if (massNouns.has(last)) return 'mass'
  // A wine glass is one thing; "glasses" as a label of its own are a pair.
  return pairNouns.has(last) ? 'pair' : 'count'
}

function pluralWord(word: string): string {
  const compound = Object.keys(irregularPlurals).find((singular) => word === singular || isCompoundOf(word, singular))
  if (compound !== undefined) return word.slice(0, word.length - compound.length) + irregularPlurals[compound]
  if (/[^aeiou]y$/i.test(word)) return `${word.slice(0, -1)}ies`
  if (/(?:s|x|z|ch|sh)$/i.test(word)) return `${word}es`
  if (/[^aeiou]o$/i.test(word)) return /^(?:potato|tomato|mango|hero|echo)$/i.test(word) ? `${word}es` : `${word}s`
  return `${word}s`
}

/** "snowman", "policewoman", "bookshelf", "bluefish": the irregular ending is kept. "human" is the exception. */
function isCompoundOf(word: string, singular: string): boolean {
  const endings = ['man', 'woman', 'child', 'fish', 'shelf', 'aircraft']
  return word !== 'human' && endings.includes(singular) && word.endsWith(singular)
}
