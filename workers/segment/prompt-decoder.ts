import { FldError } from '../../schemas/errors.js'
import type { ModelSession, Tensor, Tensors } from '../../src/models/sessions/tensor.js'
import { sigmoid } from '../../src/models/sigmoid.js'
import { pointLabel } from './box-prompt.js'
import type { LogitGrid } from './logit-field.js'

/** One prompt in pixels of the model's input: points, or a box. */
export interface Prompt {
  /** x y pairs. */
  readonly points: readonly number[]
  /** One for each point. */
  readonly labels: readonly number[]
  /** x1 y1 x2 y2; null where the points say it all. */
  readonly box: readonly number[] | null
}

/** What a decoder answers to one prompt. */
export interface DecodedPrompt {
  /** The candidates: logits on the decoder's grid, which lies over the whole input with its padding. */
  readonly masks: readonly LogitGrid[]
  /** Of each candidate, the IoU with the truth that the model expects. */
  readonly ious: Float32Array
  /** How surely there is an object at all, 0-1; 1 where the model does not say. */
  readonly objectScore: number
}

/** SAM's prompt encoder and mask decoder in one graph, as Transformers.js repositories have it. */
export interface PromptDecoder {
  readonly takesBoxes: boolean
  /** Of the encoder's outputs, those that it takes. */
  readonly embeddings: readonly string[]
  /** Prompts in one run; no limit where the graph leaves it open. */
  readonly mostPrompts: number
  /** All prompts have as many points as the first. The embeddings are transferred away. */
  decode(prompts: readonly Prompt[], embeddings: Tensors, signal: AbortSignal): Promise<DecodedPrompt[]>
}

const ranks: Readonly<Record<string, number>> = { input_points: 4, input_labels: 3, input_boxes: 3 }

/**
 * Finds out how a decoder wants its prompts: `input_points` [1, prompts, points, 2], `input_labels` [1, prompts, points],
 * `input_boxes` [1, prompts, 4], as far as it has them; all else has to be the encoder's. Throws FldError `model_invalid`.
 */
export function promptDecoder(session: ModelSession, encoderOutputs: readonly string[]): PromptDecoder {
  const { inputNames, inputDims } = session
  const embeddings = inputNames.filter((name) => !(name in ranks))
  const unknown = embeddings.filter((name) => !encoderOutputs.includes(name))
  const misshapen = inputNames.filter((name) => name in ranks && inputDims[name]?.length !== ranks[name])
  const prompted = inputNames.includes('input_points') || inputNames.includes('input_boxes')
  if (unknown.length > 0 || misshapen.length > 0 || !prompted) {
    throw new FldError(
      'model_invalid',
      'a mask decoder takes input_points [1, prompts, points, 2], input_labels [1, prompts, points], input_boxes ' +
        `[1, prompts, 4] and of the encoder ${encoderOutputs.join(', ')}; this one takes ` +
        inputNames.map((name) => `${name} [${inputDims[name]?.join(', ')}]`).join(', '),
    )
  }
  const declared = inputNames.flatMap((name) => (name in ranks ? [inputDims[name]?.[1] ?? -1] : []))
  return {
    takesBoxes: inputNames.includes('input_boxes'),
    embeddings,
    mostPrompts: declared.some((count) => count > 0) ? 1 : Number.POSITIVE_INFINITY,
    decode: async (prompts, given, signal) => {
      const inputs = { ...promptInputs(prompts, session), ...given }
      return decodedPrompts(await session.run(inputs, { signal }), prompts.length)
    },
  }
}

function promptInputs(prompts: readonly Prompt[], { inputNames, inputDims }: ModelSession): Tensors {
  const asked = prompts[0]?.labels.length ?? 0
  const declared = inputDims.input_points?.[2] ?? -1
  const points = declared > 0 ? declared : asked
  const coordinates = prompts.flatMap((prompt) => padded(prompt.points, points * 2, 0))
  const labels = prompts.flatMap((prompt) => padded(prompt.labels, points, pointLabel.ignored))
  const boxes = prompts.flatMap(({ box }) => box ?? [])
  const all: Record<string, Tensor> = {
    input_points: { type: 'float32', data: Float32Array.from(coordinates), dims: [1, prompts.length, points, 2] },
    input_labels: { type: 'int64', data: BigInt64Array.from(labels, BigInt), dims: [1, prompts.length, points] },
    input_boxes: { type: 'float32', data: Float32Array.from(boxes), dims: [1, boxes.length / 4, 4] },
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => inputNames.includes(name)))
}

/** Cut or filled up to a length that the graph insists on. */
function padded(values: readonly number[], length: number, filling: number): number[] {
  return Array.from({ length }, (_, index) => values[index] ?? filling)
}

function decodedPrompts(outputs: Tensors, prompts: number): DecodedPrompt[] {
  const scores = floatOutput(outputs, 'iou_scores')
  const masks = floatOutput(outputs, 'pred_masks')
  const [height = 0, width = 0] = masks.dims.slice(-2)
  const count = scores.data.length / prompts
  if (!Number.isInteger(count) || count < 1 || masks.data.length !== prompts * count * height * width) {
    throw new FldError(
      'model_invalid',
      `${prompts} prompts gave iou_scores [${scores.dims.join(', ')}] and pred_masks [${masks.dims.join(', ')}]: not one mask for each score`,
    )
  }
  const objects = outputs.object_score_logits
  return Array.from({ length: prompts }, (_, prompt) => ({
    ious: scores.data.subarray(prompt * count, (prompt + 1) * count),
    masks: Array.from({ length: count }, (_, index) => {
      const start = (prompt * count + index) * width * height
      return { width, height, logits: masks.data.subarray(start, start + width * height) }
    }),
    objectScore: objects === undefined ? 1 : sigmoid(Number(objects.data[prompt])),
  }))
}

function floatOutput(outputs: Tensors, name: string): Tensor & { readonly type: 'float32' } {
  const tensor = outputs[name]
  if (tensor?.type === 'float32') return tensor
  throw new FldError(
    'model_invalid',
    `a mask decoder gives float32 ${name}; this one gives ${Object.keys(outputs).join(', ')}`,
  )
}
