import { canonicalLabel } from '../../../../schemas/vocabularies/index.js'
import { isA, isKnownLabel } from './known-labels.js'
import { meatNouns } from './noun-kinds.js'
import type { Chunk } from './noun-phrases.js'
import type { Word } from './tagged-words.js'

/** Compounds, in the singular, whose head is not what it says. */
const otherThings: ReadonlySet<string> = new Set([
  ...['carousel horse', 'cassette player', 'cd player', 'conveyer belt', 'conveyor belt', 'corn dog', 'cotton ball'],
  ...['crab cake', 'disco ball', 'dvd player', 'fish cake', 'flower bed', 'garden bed', 'guinea pig', 'half pipe'],
  ...['hand truck', 'hour glass', 'magnifying glass', 'meat ball', 'media player', 'mp3 player', 'music keyboard'],
  ...['music player', 'musical keyboard', 'piano keyboard', 'pommel horse', 'pony tail', 'prairie dog', 'railroad tie'],
  ...['record player', 'rice cake', 'river bed', 'rocking horse', 'sandwich board', 'saw horse', 'sea horse'],
  ...['stained glass', 'truck bed', 'video player', 'zip tie'],
])

/** Whether the head of a compound in the singular says what the compound is not: `flower bed`, `rocking horse`. */
export function isOtherThing(compound: string): boolean {
  return otherThings.has(compound) && !isKnownLabel(compound)
}

/** A toy animal has the toy's label where the table has it (`stuffed bear`), never the animal's. */
const imitations: ReadonlySet<string> = new Set(['stuffed', 'toy', 'plush', 'fake', 'ceramic', 'plastic', 'inflatable'])

export function isImitation(words: readonly Word[], { body, head }: Chunk): boolean {
  return head > body && imitations.has(words[head - 1]?.lower ?? '') && isA(words[head]?.lemma ?? '', 'animal')
}

/**
 * What a head means by the words around it: a name for the label table; null where it is no thing that the table could mean;
 * undefined where nothing around says more than the head.
 */
export function senseInContext(words: readonly Word[], chunk: Chunk): string | null | undefined {
  if (isDish(words, chunk)) return null
  const noun = words[chunk.head]?.lemma ?? ''
  if (noun === 'pitcher') return pitcherSense(words, chunk)
  return companyOfAnimals(words, chunk) ?? filledContainer(words, chunk) ?? sportsGear(words, chunk)
}

/** A dish, not an animal: bare and in the singular, as in `rice with chicken`. */
function isDish(words: readonly Word[], { first, head }: Chunk): boolean {
  const noun = words[head]
  return noun !== undefined && first === head && !noun.first && noun.lower === noun.lemma && meatNouns.has(noun.lemma)
}

const ofBaseball = new Set([
  ...[
    'ball',
    'base',
    'baseball',
    'batter',
    'catcher',
    'field',
    'game',
    'mound',
    'pitch',
    'player',
    'softball',
    'stadium',
  ],
  ...['team', 'throw', 'umpire', 'uniform', 'wind'],
])

/** A player where the text speaks of the game, else a jug. */
function pitcherSense(words: readonly Word[], { body, head }: Chunk): string | undefined {
  if (words[head + 1]?.lower !== 'of' && words.some(({ lemma }) => ofBaseball.has(lemma))) return undefined
  const compound = head > body ? `${words[head - 1]?.lower} pitcher` : ''
  return isKnownLabel(compound) ? compound : 'water pitcher'
}

const companies: ReadonlySet<string> = new Set(['family', 'couple', 'pair', 'group', 'crowd', 'herd'])

/** `an elephant family`: elephants, no people. */
function companyOfAnimals(words: readonly Word[], { body, head }: Chunk): string | undefined {
  const before = words[head - 1]
  if (head === body || before === undefined || !companies.has(words[head]?.lemma ?? '')) return undefined
  return isA(before.lemma, 'animal') ? before.lemma : undefined
}

const containers: ReadonlySet<string> = new Set(['glass', 'cup', 'bottle', 'mug', 'can', 'bowl', 'jar'])

/** `a glass of wine`: named after what is in it, where that is a kind of the container. */
function filledContainer(words: readonly Word[], { head }: Chunk): string | undefined {
  const container = words[head]?.lemma ?? ''
  if (!containers.has(container) || words[head + 1]?.lower !== 'of') return undefined
  const contents = words.slice(head + 2).find(({ tag }) => tag !== 'ADJ' && tag !== 'DET')
  const name = `${contents?.lemma} ${container}`
  return isKnownLabel(name) && isA(name, canonicalLabel(container)) ? name : undefined
}

/** Sports whose gear goes by a short name where the sport is clear. */
const sports = ['tennis', 'baseball', 'softball', 'badminton', 'hockey', 'soccer', 'volleyball', 'basketball', 'golf']

/** `playing tennis with a racquet`. */
function sportsGear(words: readonly Word[], { body, head }: Chunk): string | undefined {
  if (head > body && words[head - 1]?.tag === 'NOUN') return undefined
  const noun = words[head]?.lemma ?? ''
  const sport = sports.find((name) => isKnownLabel(`${name} ${noun}`) && words.some(({ lower }) => lower === name))
  return sport === undefined ? undefined : `${sport} ${noun}`
}
