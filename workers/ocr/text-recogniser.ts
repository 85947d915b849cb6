import { FldError } from '../../schemas/errors.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { resizeRows } from '../../src/models/pixels/resize.js'
import type { ModelSession, Tensor } from '../../src/models/sessions/tensor.js'
import { throwIfAborted } from '../../src/storage/abort.js'
import { ctcGreedyDecode, type ReadText } from './ctc-decode.js'

/** Pixels; what PP-OCR's recognisers were trained on. */
const lineHeight = 48
/** Narrower lines are padded to this width in pixels. */
const minWidth = 320
/** Longer lines (of 85 times their height) are squeezed into this, so that one of them cannot fill the memory. */
const maxWidth = 4096

export interface TextRecogniser {
  readonly session: ModelSession
  /** The character of every class, as `characterClasses` gives them. */
  readonly characters: readonly string[]
}

export interface RecognitionOptions {
  /** Lines handed to the model at once. */
  readonly batch: number
  readonly signal: AbortSignal
}

/**
 * What lines of text say, in the order given. A line is scaled to 48 pixels height and padded to 320 pixels or to its own
 * width; only lines of one padded width share a batch, so what a line says does not depend on its neighbours.
 * Throws FldError `model_invalid` when the model has other classes than the dictionary, `aborted` between batches.
 */
export async function recogniseLines(
  recogniser: TextRecogniser,
  crops: readonly Raster[],
  options: RecognitionOptions,
): Promise<ReadText[]> {
  const texts: ReadText[] = crops.map(() => ({ text: '', score: 0 }))
  for (const { width, lines } of batchesOfOneWidth(crops, options.batch)) {
    throwIfAborted(options.signal, 'reading text')
    const batch = lines.flatMap((line) => crops[line] ?? [])
    const read = await recogniseBatch(recogniser, recognitionInput(batch, width), options.signal)
    for (const [index, line] of lines.entries()) texts[line] = read[index] ?? { text: '', score: 0 }
  }
  return texts
}

/** Width in pixels of a crop scaled to the recogniser's height. */
function scaledWidth({ width, height }: Raster): number {
  return Math.min(Math.ceil((lineHeight * width) / height), maxWidth)
}

/** Indices of crops by padded width, narrow ones first, at most `size` together. */
export function batchesOfOneWidth(crops: readonly Raster[], size: number): { width: number; lines: number[] }[] {
  const widths = new Map<number, number[]>()
  for (const [line, crop] of crops.entries()) {
    const width = Math.max(minWidth, scaledWidth(crop))
    widths.set(width, [...(widths.get(width) ?? []), line])
  }
  const batches: { width: number; lines: number[] }[] = []
  for (const [width, lines] of [...widths].sort(([a], [b]) => a - b)) {
    for (let from = 0; from < lines.length; from += size) batches.push({ width, lines: lines.slice(from, from + size) })
  }
  return batches
}

/** [lines, 3, 48, width]: channels B, G, R in -1 to 1, padded on the right with 0. */
function recognitionInput(crops: readonly Raster[], width: number): Tensor {
  const plane = lineHeight * width
  const values = new Float32Array(crops.length * 3 * plane)
  for (const [line, crop] of crops.entries()) {
    resizeRows(crop, { width: scaledWidth(crop), height: lineHeight }, (row, y) => {
      for (let channel = 0; channel < 3; channel++) {
        let to = (line * 3 + channel) * plane + y * width
        for (let from = 2 - channel; from < row.length; from += 3) values[to++] = (row[from] ?? 0) / 127.5 - 1
      }
    })
  }
  return { type: 'float32', data: values, dims: [crops.length, 3, lineHeight, width] }
}

async function recogniseBatch(
  { session, characters }: TextRecogniser,
  input: Tensor,
  signal: AbortSignal,
): Promise<ReadText[]> {
  const outputs = await session.run({ [session.inputNames[0] ?? 'x']: input }, { signal })
  const output = outputs[session.outputNames[0] ?? '']
  const [lines = 0, steps = 0, classes = 0] = output?.dims ?? []
  if (output?.type !== 'float32' || classes !== characters.length) {
    throw new FldError(
      'model_invalid',
      `The text recogniser gave ${output?.type ?? 'nothing'} with ${classes} classes; the dictionary has ${characters.length} (blank, characters, space).`,
    )
  }
  const probabilities = { data: output.data, steps, classes }
  return Array.from({ length: lines }, (_, line) => ctcGreedyDecode(probabilities, line, characters))
}
