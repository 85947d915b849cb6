/** Who speaks for a source where it brings more than images: whose observations ingest stores, and how they are heard. */
export interface SourceAnnotator {
  /** Its observations lie under this name and the set's label digest; recorded as support. */
  readonly annotator: 'source' | 'source_captions' | 'alt_text'
  readonly family: string
  /** True for what people made for this image and meant as its description. */
  readonly human: boolean
}

/**
 * A source's boxes, its captions, and the alternative texts that web pages gave its images. Captions and boxes are often
 * of different people, and alternative texts are noise as much as description: each is an annotator of its own, so that
 * the rules tell them apart. Sets packed before this was so have all texts in the file of `source`.
 */
export const sourceAnnotators: readonly SourceAnnotator[] = [
  { annotator: 'source', family: 'human', human: true },
  { annotator: 'source_captions', family: 'human_captions', human: true },
  { annotator: 'alt_text', family: 'web', human: false },
]
