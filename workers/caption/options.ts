import { z } from 'zod'

export const captionOptionsSchema = z
  .object({
    /** Objects that the paragraph describes one by one, largest first; the others are still counted in its first sentence. */
    described_objects: z.number().int().min(0).max(50).default(6),
    /** Lines of text that are quoted; the others are linked to "more text". */
    quoted_texts: z.number().int().min(1).max(50).default(8),
    /** Characters of a line of text that are quoted. */
    quote_length: z.number().int().min(8).max(1000).default(80),
  })
  .strict()
export type CaptionOptions = z.output<typeof captionOptionsSchema>
