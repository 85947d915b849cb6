import type { Word } from './tagged-words.js'

/** A thing or an action. */
export interface Node {
  readonly kind: 'object' | 'action'
  /** Its first word by place: the phrase's first, or the verb. */
  readonly first: number
  /** Its head by place. */
  readonly head: number
  /** What hangs on it within its phrase: determiners, modifiers, a measure. */
  readonly inner: number
}

/**
 * The degree of each node in a dependency tree guessed from the order of things, sentence by sentence. Nodes come by place.
 *
 * 1. Each determiner, possessive and modifier of a phrase, and a measure before it (`a group of`), is an edge of its head.
 * 2. A preposition or `'s` hangs the phrase behind it on the node before it.
 * 3. `and`, `or` and a comma hang a phrase on the phrase before it, and a verb on the verb before it.
 * 4. A phrase right behind a verb is its object; one behind a form of `be` hangs on the phrase before it.
 * 5. A verb that rule 3 gives nothing to has a subject: a participle the phrase before it, another verb the last phrase
 *    that rule 2 does not hang on something.
 * 6. Each adverb or particle next to a verb is an edge of the verb; auxiliaries are none.
 *
 * An edge between two nodes counts for both. The idea is that of DiHT's complexity filter
 * (arXiv 2301.02280), which asks a dependency parser; the rules here are this project's own.
 */
export function degrees(words: readonly Word[], nodes: readonly Node[]): number[] {
  const degree = nodes.map(({ kind, inner, head }) => inner + (kind === 'action' ? adverbsBeside(words, head) : 0))
  const hung = new Set<number>()
  for (const [index, node] of nodes.entries()) {
    const gap = gapBefore(words, nodes, index)
    if (isNewSentence(words, nodes, index)) continue
    if (node.kind === 'object' && hasPreposition(gap)) hung.add(index)
    const governor = node.kind === 'object' ? ofObject(nodes, index, gap) : ofAction(words, nodes, index, { gap, hung })
    if (governor < 0) continue
    degree[governor] = (degree[governor] ?? 0) + 1
    degree[index] = (degree[index] ?? 0) + 1
  }
  return degree
}

function gapBefore(words: readonly Word[], nodes: readonly Node[], index: number): readonly Word[] {
  const before = nodes[index - 1]
  return words.slice(before === undefined ? 0 : before.head + 1, nodes[index]?.first ?? 0)
}

function isNewSentence(words: readonly Word[], nodes: readonly Node[], index: number): boolean {
  const from = nodes[index - 1]?.head
  const node = nodes[index]
  return from === undefined || node === undefined || words.slice(from + 1, node.first + 1).some(({ first }) => first)
}

function hasPreposition(gap: readonly Word[]): boolean {
  return gap.some(({ tag, lower }) => tag === 'ADP' || lower === 'to' || (tag === 'PART' && lower.endsWith('s')))
}

function isJoined(gap: readonly Word[]): boolean {
  return gap.some(({ tag, lower }) => tag === 'CCONJ' || lower === ',')
}

function ofObject(nodes: readonly Node[], index: number, gap: readonly Word[]): number {
  if (hasPreposition(gap)) return index - 1
  if (isJoined(gap)) return lastOf(nodes, index, 'object')
  if (nodes[index - 1]?.kind === 'action') return index - 1
  return gap.some(({ tag }) => tag === 'AUX') ? index - 1 : -1
}

function ofAction(
  words: readonly Word[],
  nodes: readonly Node[],
  index: number,
  { gap, hung }: { gap: readonly Word[]; hung: ReadonlySet<number> },
): number {
  const verb = lastOf(nodes, index, 'action')
  if (isJoined(gap) && verb >= 0) return verb
  const isParticiple =
    !gap.some(({ tag }) => tag === 'AUX') && /(?:ing|ed)$/.test(words[nodes[index]?.head ?? 0]?.lower ?? '')
  if (isParticiple) return lastOf(nodes, index, 'object')
  for (let at = index - 1; at >= 0; at--) if (nodes[at]?.kind === 'object' && !hung.has(at)) return at
  return lastOf(nodes, index, 'object')
}

function lastOf(nodes: readonly Node[], before: number, kind: Node['kind']): number {
  let at = before - 1
  while (at >= 0 && nodes[at]?.kind !== kind) at--
  return at
}

function adverbsBeside(words: readonly Word[], verb: number): number {
  let count = words[verb - 1]?.tag === 'ADV' ? 1 : 0
  for (let at = verb + 1; isAdverbial(words, at); at++) count++
  return count
}

/** An adverb, or a preposition without a phrase behind it: `sits down on`, `looks up.` */
function isAdverbial(words: readonly Word[], at: number): boolean {
  const next = words[at + 1]
  if (words[at]?.tag === 'ADV') return true
  return words[at]?.tag === 'ADP' && (next === undefined || ['ADP', 'PUNCT', 'CCONJ', 'ADV', 'VERB'].includes(next.tag))
}
