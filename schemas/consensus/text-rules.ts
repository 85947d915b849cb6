import { z } from 'zod'
import type { Granularity } from '../observation.js'
import { textBoilerplate } from '../text-boilerplate.js'

const unit = z.number().min(0).max(1)
const count = z.number().int().min(0)

/** A number for each granularity; those that are left out keep their defaults. */
function perGranularity(defaults: Readonly<Record<Granularity, number>>, number: z.ZodNumber = count) {
  return z
    .object({
      brief: number.default(defaults.brief),
      detailed: number.default(defaults.detailed),
      more_detailed: number.default(defaults.more_detailed),
    })
    .strict()
    .prefault({})
}

/**
 * Numbers of the rules on texts about an image. The paper names the rules and publishes no threshold (arXiv 2311.06242,
 * section 4). Defaults were chosen so that what people wrote about the COCO images of test/consensus/texts passes, and
 * what is no description falls.
 */
export const textRules = {
  /** Characters that a text may have: a paragraph has some 400. Nothing longer is read any further. */
  max_text_characters: count.default(5000),
  /**
   * Words that describe nothing by themselves, in lower case: a text of these, of file names, addresses, dates and numbers
   * only has no content.
   */
  text_boilerplate: z.array(z.string()).default([...textBoilerplate]),
  /**
   * Share of a text, in words or in characters, that may repeat what it has said before. The 795 COCO captions repeat nothing,
   * the template captioner's paragraphs, which list things one by one, up to .24; a text said twice has .5, a loop nearly 1.
   */
  max_repetition: unit.default(0.3),
  /** ISO 639-1 codes of the languages that texts may be in; an empty list allows all. */
  text_languages: z.array(z.string().regex(/^[a-z]{2}$/)).default(['en']),
  /** Words that a text needs to have for its language to be told: of two or three, one in twenty is taken for another. */
  text_language_words: count.default(4),
  /**
   * How far, in eld's scores, another language must lie before the best allowed one. Of the stretches of four words of COCO
   * captions one in 1,800 is further off than this; of longer ones none.
   */
  text_language_margin: unit.default(0.15),
  /**
   * Distinct objects that a text may name, four times what FLD-5B's have on average in brief texts (3.2) and three times in
   * longer ones (13.3 and 28.1): beyond lie lists of search words.
   */
  max_objects: perGranularity({ brief: 12, detailed: 40, more_detailed: 84 }),
  /**
   * How much a text must say of the object of which it says most (`ParsedText.object_complexity`): 1 asks for an object and
   * anything that goes with it. FLD-5B's texts have 2.8, 4.0 and 4.0 on average.
   */
  min_object_complexity: perGranularity({ brief: 1, detailed: 2, more_detailed: 2 }),
  /** The same of actions. 0 asks for none: FLD-5B's brief texts have 0.58 on average, so that many good ones have none. */
  min_action_complexity: perGranularity({ brief: 0, detailed: 0, more_detailed: 0 }),
  /**
   * Raw score at which any detector's box bears out what a text names, agreed or not. With three small COCO detectors .15
   * leaves 3 % of what people name unsupported and 73 % of what captions of other images name.
   */
  support_score: unit.default(0.15),
  /**
   * Share of what a text names, of all that the detectors could have seen, that may have nothing to bear it out: more falls.
   * Of the same captions .5 stops 0.3 %, and 57 % where they are of another image. Texts of people are not held to it.
   */
  max_unsupported: unit.default(0.5),
  /** Image-text similarity that lets a text pass although regions do not bear it out. */
  text_similarity: unit.default(0.25),
  /** Two texts of one granularity that have this much in common, in words, are one said twice. */
  near_duplicate: unit.default(0.85),
  /** Texts that an image keeps, the best ranked. FLD-5B has 1.9 brief ones and one of each other granularity. */
  texts_per_granularity: perGranularity({ brief: 8, detailed: 2, more_detailed: 2 }, z.number().int().min(1)),
}
