import { LRUCache } from 'lru-cache'

/**
 * Characters of the texts that are remembered, all together: those of some thousands of images. Full, the store takes some 400 MB
 * of memory: 2 kB for a caption of 60 characters.
 */
const mostCharacters = 20_000_000

/** What was found out of the latest texts, by what found it. Every text costs some characters beside its own. */
const findings = new LRUCache<string, Map<object, unknown>>({
  maxSize: mostCharacters,
  sizeCalculation: (_, text) => text.length + textOverhead,
})

/** What the findings of a text take at least, however short it is. */
const textOverhead = 50

/**
 * The same function, that remembers its answers. Every stage of a shard asks the same texts again, one image after the other:
 * all answers about a text stay and go together, in one store that is bounded by the characters of its texts. `find` is pure.
 */
export function rememberByText<Finding>(find: (text: string) => Finding): (text: string) => Finding {
  return (text) => {
    const known = findings.get(text)
    // Nothing else is ever put under this key.
    if (known?.has(find)) return known.get(find) as Finding
    const found = find(text)
    // Asked again: finding may have remembered something of the same text.
    const now = findings.get(text)
    if (now === undefined) findings.set(text, new Map<object, unknown>([[find, found]]))
    else now.set(find, found)
    return found
  }
}
