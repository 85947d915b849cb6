/** Plurals whose singular is no rule, where the tagger takes the plural for a verb: `leaves`, `shelves`. */
const irregular: Readonly<Record<string, string>> = {
  calves: 'calf',
  halves: 'half',
  hooves: 'hoof',
  knives: 'knife',
  leaves: 'leaf',
  lives: 'life',
  loaves: 'loaf',
  scarves: 'scarf',
  shelves: 'shelf',
  wolves: 'wolf',
}

/** The singular of a noun in lower case, by the rules of spelling: for words that the tagger's dictionary lacks. */
export function singular(noun: string): string {
  const known = Object.hasOwn(irregular, noun) ? irregular[noun] : undefined
  if (known !== undefined) return known
  if (/[^aeiou]ies$/.test(noun) && noun.length > 4) return `${noun.slice(0, -3)}y`
  if (/(?:ch|sh|x|ss|zz|o)es$/.test(noun)) return noun.slice(0, -2)
  return /[^sui]s$/.test(noun) && noun.length > 3 ? noun.slice(0, -1) : noun
}

/** A stem with one vowel and one consonant behind it, of which an e may be lost: `rid-ing`. */
const shortStem = /^[^aeiou]*[aeiou][^aeiouwxy]$/

/**
 * The verb of a participle in `-ing`. Which of `rid`, `ride` it is, spelling alone does not say: a short stem with one
 * vowel and one consonant behind it (`rid-ing`, `us-ing`) has lost its e, where the dictionary has that word; another
 * stem is a verb itself (`stand-ing`), or with an e (`graz-ing`), or with its last consonant once (`sitt-ing`).
 */
export function verbOfParticiple(participle: string, isWord: (word: string) => boolean): string {
  if (['lying', 'dying', 'tying'].includes(participle)) return `${participle.slice(0, -4)}ie`
  const stem = participle.slice(0, -3)
  const withE = `${stem}e`
  if (shortStem.test(stem) && isWord(withE)) return withE
  const once = /([^aeiou])\1$/.test(stem) ? stem.slice(0, -1) : stem
  const likely = /[aeiou]([^aeiouls])\1$/.test(stem) ? [once, stem, withE] : [stem, withE, once]
  return likely.find(isWord) ?? once
}
