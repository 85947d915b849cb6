import { z } from 'zod'

export const captionOptionsSchema = z
  .object({
    /**
     * Places of the image that the paragraph goes through, those of the largest objects first (objects of one kind in one
     * place are described together); what lies elsewhere is still counted in the first sentence.
     */
    described_places: z.number().int().min(0).max(50).default(6),
    /** Lines of text that are quoted; the others are linked to "more text". */
    quoted_texts: z.number().int().min(1).max(50).default(8),
    /** Characters of a line of text that are quoted. */
    quote_length: z.number().int().min(8).max(1000).default(80),
  })
  .strict()
export type CaptionOptions = z.output<typeof captionOptionsSchema>
