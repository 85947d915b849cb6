import { phraseBlacklist } from '../phrase-blacklist.js'

/** The project's own, which the released processor lets through: it has `I` alone, as it is written. */
const ownPhrases: readonly string[] = ['i', 'my']

/**
 * The phrases that Florence-2's released processor leaves out of phrase grounding (`banned_grounding_tokens` of its
 * post-processing). They are compared to the letter: `It` is none of them.
 */
export const ungroundedPhrases: ReadonlySet<string> = new Set([
  ...phraseBlacklist.filter((phrase) => !ownPhrases.includes(phrase)),
  'I',
])
