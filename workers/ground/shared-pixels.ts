import type { AnnotatorInput } from '../../src/annotate/contract.js'
import type { ImageProcessor, ProcessedImages } from '../../src/models/pixels/image-processor.js'

/** An image as a model takes it: made when it is first wanted, for all that is asked about it, and let go after the last. */
export class SharedPixels {
  readonly #input: AnnotatorInput
  readonly #processor: ImageProcessor
  #uses: number
  #made: Promise<ProcessedImages> | null = null

  constructor(input: AnnotatorInput, processor: ImageProcessor, uses: number) {
    this.#input = input
    this.#processor = processor
    this.#uses = uses
  }

  /** To be read only, by at most as many as there are uses. Throws what decoding throws. */
  take(): Promise<ProcessedImages> {
    this.#made ??= this.#input.pixels().then((raster) => this.#processor.process([raster]))
    const made = this.#made
    this.#uses -= 1
    if (this.#uses <= 0) this.#made = null
    return made
  }
}
