import { z } from 'zod'

const unit = z.number().min(0).max(1)

/** Greedy NMS among the boxes of one phrase (or label): a box above this IoU with a better one goes. Null: none. */
const nmsIou = unit.nullable()

const groundingDinoSchema = z
  .object({
    model: z.literal('grounding-dino'),
    /**
     * A box is observed when its best token of the prompt is above this. The reference's default is 0.25 and consensus
     * asks for more; the floor is lower, so that consensus can be decided again without the model.
     */
    box_threshold: unit.default(0.2),
    /** Tokens above this make the phrase of a box: lower makes longer phrases. A box without such a token is not observed. */
    text_threshold: unit.default(0.2),
    /**
     * `words`: the words of those tokens and no others, as the reference has it. `noun-phrases`: with the article before
     * them and without the preposition after them, or the known phrase that they are in, so that boxes of one thing have
     * one phrase.
     */
    phrases: z.enum(['noun-phrases', 'words']).default('noun-phrases'),
    /** Two queries rarely settle on the same thing; high, so that things standing close stay apart. */
    nms_iou: nmsIou.default(0.8),
    /** The best this many boxes of each text are kept. */
    max_per_text: z.number().int().min(1).max(10_000).default(200),
    /**
     * Pairs of image and text in one run, at most, where the graph leaves its batch open. Only prompts of as many tokens
     * and images of the same input size go together, so that the answers are those of a run alone but for rounding.
     */
    model_batch: z.number().int().min(1).max(64).default(1),
  })
  .strict()

const owlv2Schema = z
  .object({
    model: z.literal('owlv2'),
    /** What to look for, as objects whose label is the query; without it, the known phrases of the image's texts. */
    queries: z.array(z.string().regex(/\S/, 'a query needs letters')).min(1).max(1000).optional(),
    /** How a query or phrase is put to the model; {} is the query. */
    template: z.string().includes('{}').default('{}'),
    /** Lower scores are not observed; 0.1 is the reference's own. */
    score_min: unit.default(0.1),
    /** Neighbouring patches see the same thing, and the reference keeps them all. */
    nms_iou: nmsIou.default(0.7),
    /** The best this many of each text, or of the queries, are kept. */
    max_per_text: z.number().int().min(1).max(10_000).default(200),
    /** Queries in one run; each further run computes the image again. */
    queries_per_run: z.number().int().min(1).max(1000).default(32),
  })
  .strict()

/** Options of the `ground` annotator: the kind of model and what it needs. Thresholds are strict: a score has to be above. */
export const groundOptionsSchema = z.discriminatedUnion('model', [groundingDinoSchema, owlv2Schema])
export type GroundOptions = z.infer<typeof groundOptionsSchema>
export type GroundingDinoOptions = z.infer<typeof groundingDinoSchema>
export type Owlv2Options = z.infer<typeof owlv2Schema>
