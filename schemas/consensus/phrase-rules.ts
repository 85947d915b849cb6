import { z } from 'zod'
import { abstractNouns, phraseBlacklist } from '../phrase-blacklist.js'

const unit = z.number().min(0).max(1)

/** Numbers and lists of the rules on phrases and the regions they stand for. */
export const phraseRules = {
  /** Lowest score of a phrase's box: how surely it is this phrase. Grounding DINO's published demo uses .25. */
  phrase_score: unit.default(0.25),
  /** Lowest score of the box itself: how surely it is anything that the text names. The same demo uses .35. */
  phrase_box_score: unit.default(0.35),
  /**
   * Phrases that stand for no region, in lower case. A phrase is compared as it is and without an article or a
   * demonstrative before it; what would be a pronoun then is none.
   */
  phrase_blacklist: z.array(z.string()).default([...phraseBlacklist]),
  /** Head nouns, singular and in lower case, of phrases that stand for no region; a phrase that has a label is not asked. */
  abstract_nouns: z.array(z.string()).default([...abstractNouns]),
  /** A phrase's box at or above this IoU with an agreed region is that region; below, it is one of its own. */
  phrase_region_iou: unit.default(0.7),
  /** Of the agreed regions that a phrase's box may be, one that the phrase names is taken before one of up to this much more IoU. */
  phrase_label_margin: unit.default(0.1),
}
