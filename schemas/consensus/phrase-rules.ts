import { z } from 'zod'
import { phraseBlacklist } from '../phrase-blacklist.js'

const unit = z.number().min(0).max(1)

/** Numbers of the rules on phrases and the regions they stand for. */
export const phraseRules = {
  /** Lowest score of a phrase's box: how surely it is this phrase. Grounding DINO's published demo uses .25. */
  phrase_score: unit.default(0.25),
  /** Lowest score of the box itself: how surely it is anything that the text names. The same demo uses .35. */
  phrase_box_score: unit.default(0.35),
  /** Phrases that stand for no region, in lower case. */
  phrase_blacklist: z.array(z.string()).default([...phraseBlacklist]),
  /** A phrase's box at or above this IoU with an agreed region is that region; below, it is one of its own. */
  phrase_region_iou: unit.default(0.7),
}
