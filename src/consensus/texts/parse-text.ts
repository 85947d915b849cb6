import type { NounPhrase, ParsedText } from './parsed-text.js'
import { degrees, type Node } from './parsing/attachments.js'
import { labelOfPhrase } from './parsing/label-of-phrase.js'
import { roleOf } from './parsing/named-objects.js'
import { type Chunk, nounPhrases } from './parsing/noun-phrases.js'
import { nameFlags } from './parsing/proper-names.js'
import { repairTags } from './parsing/tag-repairs.js'
import { taggedWords, type Word } from './parsing/tagged-words.js'
import { rememberByText } from './text-memory.js'

/**
 * What a text says: its noun phrases and their labels, attributes, actions, names, and how much is said of them. English;
 * pure and total: the same text gives the same answer, any text gives one. The latest texts are remembered.
 */
export const parseText: (text: string) => ParsedText = rememberByText((text) =>
  parseWords(text, repairTags(taggedWords(text))),
)

/** A noun phrase that names a thing, and whether a measure stands before it (`a group of`). */
interface NamedThing extends Chunk {
  readonly measured: boolean
}

function parseWords(text: string, words: readonly Word[]): ParsedText {
  const chunks = nounPhrases(words)
  const things = namedThings(words, chunks)
  const verbs = actionPlaces(words, chunks)
  const names = nameFlags(text, words)
  const nodes = nodesByPlace(words, things, verbs)
  const degree = degrees(words, nodes)
  const highest = (kind: Node['kind']): number =>
    nodes.reduce((high, node, index) => (node.kind === kind ? Math.max(high, degree[index] ?? 0) : high), 0)
  const phrases = things.map((thing) => nounPhrase(text, words, { thing, names }))
  return {
    phrases,
    objects: [...new Set(phrases.map(({ head }) => head))].sort(),
    attributes: attributes(words, things, names),
    actions: verbs.map((at) => words[at]?.lemma ?? ''),
    proper_nouns: properNouns(text, words, names),
    object_complexity: highest('object'),
    action_complexity: highest('action'),
  }
}

function namedThings(words: readonly Word[], chunks: readonly Chunk[]): NamedThing[] {
  const things: NamedThing[] = []
  let measured = false
  for (const chunk of chunks) {
    const role = roleOf(words, chunk)
    if (role === 'object') things.push({ ...chunk, measured })
    measured = role === 'measure'
  }
  return things
}

/** Verbs that say no more than that something is there. */
const empty = new Set(['be', 'have', 'do', 'can', 'will', 'would', 'may', 'must', 'get', 'seem', 'contain', 'include'])

function actionPlaces(words: readonly Word[], chunks: readonly Chunk[]): number[] {
  const inside = new Set(chunks.flatMap(({ body, head }) => range(body, head)))
  return [...words.keys()].filter((at) => {
    const word = words[at]
    return word?.tag === 'VERB' && !inside.has(at) && !empty.has(word.lemma)
  })
}

function nodesByPlace(words: readonly Word[], things: readonly NamedThing[], verbs: readonly number[]): Node[] {
  const objects = things.map(({ first, head, measured }): Node => {
    const inner = range(first, head - 1).filter((at) => words[at]?.tag !== 'PUNCT' && words[at]?.tag !== 'CCONJ').length
    return { kind: 'object', first, head, inner: inner + (measured ? 1 : 0) }
  })
  const actions = verbs.map((at): Node => ({ kind: 'action', first: at, head: at, inner: 0 }))
  return [...objects, ...actions].sort((a, b) => a.head - b.head)
}

function nounPhrase(
  text: string,
  words: readonly Word[],
  { thing, names }: { thing: NamedThing; names: readonly boolean[] },
): NounPhrase {
  const start = words[thing.first]?.start ?? 0
  const end = words[thing.head]?.end ?? 0
  const head = words[thing.head]?.lemma ?? ''
  // A thing's name behind a brand is a name: `a Volkswagen Beetle` is no beetle.
  const branded = words[thing.head]?.capital === true && thing.head > thing.body && names[thing.head - 1] === true
  const label = branded ? null : labelOfPhrase(words, thing)
  return { start, end, phrase: text.slice(start, end), head, label, proper: branded || (names[thing.head] ?? false) }
}

/** Names are none: `Nikon` of `a Nikon camera`. */
function attributes(words: readonly Word[], things: readonly NamedThing[], names: readonly boolean[]): string[] {
  const places = things.flatMap(({ body, head }) => range(body, head - 1))
  const modifiers = new Set(places.filter((at) => modifying.has(words[at]?.tag ?? 'X')))
  return [...words.keys()]
    .filter((at) => names[at] !== true && (modifiers.has(at) || isPredicate(words, at)))
    .map((at) => words[at]?.lower ?? '')
}

const modifying = new Set(['ADJ', 'NOUN', 'PROPN', 'NUM'])

/** `the dog is brown`, `is very large`. */
function isPredicate(words: readonly Word[], at: number): boolean {
  if (words[at]?.tag !== 'ADJ' || words[at]?.lower === 'next') return false
  let before = at - 1
  while (words[before]?.tag === 'ADV' || words[before]?.lower === 'and' || words[before]?.tag === 'ADJ') before--
  return words[before]?.lemma === 'be' && words[at + 1]?.tag !== 'NOUN'
}

/** Names word by word put together again: `New York`. */
function properNouns(text: string, words: readonly Word[], names: readonly boolean[]): string[] {
  const found: string[] = []
  for (let at = 0; at < words.length; at++) {
    if (names[at] !== true) continue
    const start = words[at]?.start ?? 0
    while (names[at + 1] === true && words[at + 1]?.tag !== 'PUNCT') at++
    found.push(text.slice(start, words[at]?.end))
  }
  return [...new Set(found)]
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset)
}
