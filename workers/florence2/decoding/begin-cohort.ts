import type { GraphTensor } from '../../../src/models/sessions/program.js'
import { advanceRows, type CohortRow, type SteppedCohort } from './cohort.js'
import type { DecodeInput, DecodeRow } from './decode-protocol.js'
import type { DecoderGraphs } from './decoder-graphs.js'
import { floatsOf } from './row-tensors.js'

/** A row whose search has not begun. */
export interface WaitingRow extends CohortRow {
  readonly row: DecodeRow
}

/**
 * Takes rows through the encoder and the first step of the decoder. Encoder input: features of the image, then the
 * embedded prompt, right-padded to `promptLength`; the mask is 1 for all but the padding. What every answer must begin
 * with is fed at once.
 */
export async function beginCohort(
  waiting: readonly WaitingRow[],
  { input, graphs, promptLength }: { input: DecodeInput; graphs: DecoderGraphs; promptLength: number },
): Promise<SteppedCohort> {
  const prompts = waiting.map(({ row: { prompt } }) => padded(prompt, promptLength, input.tokens.pad))
  const source = encoderInput(waiting, floatsOf(await graphs.embed(prompts)), { input, promptLength })
  const hidden = await graphs.encode(source.embeds, source.mask)
  const begun = waiting.map(({ search }) => firstIds(input, search.length))
  const step = await graphs.begin(await graphs.embed(begun), { hidden, mask: source.mask })
  return advanceRows(waiting, step)
}

function padded(prompt: readonly number[], length: number, pad: number): number[] {
  return [...prompt, ...new Array<number>(length - prompt.length).fill(pad)]
}

function firstIds({ tokens: { start, forcedFirst } }: DecodeInput, length: number): number[] {
  return length === 1 || forcedFirst === null ? [start] : [start, forcedFirst]
}

function encoderInput(
  waiting: readonly WaitingRow[],
  prompts: Float32Array,
  { input: { images, width }, promptLength }: { input: DecodeInput; promptLength: number },
): { embeds: GraphTensor; mask: GraphTensor } {
  const features = (images[waiting[0]?.row.image ?? 0]?.length ?? 0) / width
  const length = features + promptLength
  const data = new Float32Array(waiting.length * length * width)
  const mask = new BigInt64Array(waiting.length * length)
  waiting.forEach(({ row }, index) => {
    const start = index * length
    data.set(images[row.image] ?? [], start * width)
    const prompt = index * promptLength * width
    data.set(prompts.subarray(prompt, prompt + promptLength * width), (start + features) * width)
    mask.fill(1n, start, start + features + row.prompt.length)
  })
  return {
    embeds: { type: 'float32', data, dims: [waiting.length, length, width] },
    mask: { type: 'int64', data: mask, dims: [waiting.length, length] },
  }
}
