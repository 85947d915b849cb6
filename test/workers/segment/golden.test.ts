import { afterAll, beforeAll, expect, it } from 'vitest'
import { maskRuns } from '../../../schemas/mask-rle.js'
import { readImageProcessor } from '../../../src/models/pixels/image-processor.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { intoFrame } from '../../../workers/segment/box-prompt.js'
import { fullMask, paddedFrame } from '../../../workers/segment/mask-frame.js'
import { type Prompt, promptDecoder } from '../../../workers/segment/prompt-decoder.js'
import { describeWithReference } from '../../reference-data.js'
import { readSamCases, readStored, type SamCase, samFiles, samNeeds, samPicture } from './sam-pack.js'

/** The tolerances of the pack's page; for the way from the picture, those of its own resize. */
const tolerance = { pixels: 1e-5, embeddings: 1e-3, iou: 1e-3, logits: 1e-3, input: 1e-4 }
const { signal } = new AbortController()

describeWithReference('SAM answers as the reference does', samNeeds, () => {
  let sessions: SessionHost
  let cases: readonly SamCase[]
  beforeAll(async () => {
    sessions = createSessionHost({ threads: 1, sessions: 1 })
    cases = await readSamCases()
  })
  afterAll(() => sessions.close())

  it('makes the same pixels of the pictures', async () => {
    const processor = await readImageProcessor(samFiles())
    for (const one of cases) {
      const picture = await samPicture(one.image)
      const { pixelValues, frames } = processor.process([await picture.pixels()])
      expect(pixelValues.dims).toEqual(one.pixel_values.shape)
      expect(farthest(pixelValues.data, await readStored(one.pixel_values))).toBeLessThanOrEqual(tolerance.pixels)
      expect([frames[0]?.resizedHeight, frames[0]?.resizedWidth]).toEqual(one.reshaped_size_hw)
    }
  })

  it('puts points where the reference puts them', async () => {
    for (const one of cases) {
      const points = promptsOf(one).flatMap(({ points }) => points)
      expect(farthest(points, one.model_input_points.flat(3))).toBeLessThanOrEqual(tolerance.input)
    }
  })

  it.each(['stored pixels', 'pictures'])('decodes the same masks from the %s', async (from) => {
    const { decoder, encode } = await loadGraphs(sessions)
    for (const one of cases) {
      const pixels = from === 'pictures' ? await ownPixels(one) : await readStored(one.pixel_values)
      const embeddings = await encode(pixels, one.pixel_values.shape)
      const stored = await readStored(one.image_embeddings)
      expect(farthest(floats(embeddings.image_embeddings?.data), stored)).toBeLessThanOrEqual(tolerance.embeddings)
      const decoded = await decoder.decode(promptsOf(one), embeddings, signal)
      const ious = decoded.flatMap((prompt) => [...prompt.ious])
      expect(farthest(ious, one.iou_scores.flat())).toBeLessThanOrEqual(tolerance.iou)
      const logits = decoded.flatMap(({ masks }) => masks.flatMap((mask) => [...mask.logits]))
      expect(farthest(logits, await readStored(one.pred_masks))).toBeLessThanOrEqual(tolerance.logits)
      for (const [prompt, { masks }] of decoded.entries()) {
        for (const [index, grid] of masks.entries()) {
          const mask = fullMask(grid, frameOf(one, grid))
          expect(maskRuns(mask)).toEqual(one.masks[prompt]?.[index]?.rle)
        }
      }
    }
  })

  it('says of a prompt alone what it says of it among others', async () => {
    const { decoder, encode } = await loadGraphs(sessions)
    const [one] = cases.filter(({ labels }) => labels.length > 1)
    if (one === undefined) throw new Error('no case of several prompts')
    const pixels = await readStored(one.pixel_values)
    const prompts = promptsOf(one)
    const together = await decoder.decode(prompts, await encode(pixels, one.pixel_values.shape), signal)
    for (const [index, prompt] of prompts.entries()) {
      const [alone] = await decoder.decode([prompt], await encode(pixels, one.pixel_values.shape), signal)
      expect(farthest(alone?.ious ?? [], together[index]?.ious ?? [])).toBeLessThanOrEqual(1e-5)
      for (const [mask, grid] of (alone?.masks ?? []).entries()) {
        expect(maskRuns(fullMask(grid, frameOf(one, grid)))).toEqual(one.masks[index]?.[mask]?.rle)
      }
    }
  })
})

async function loadGraphs(sessions: SessionHost) {
  const files = samFiles()
  const encoder = await sessions.open(files.get('onnx/vision_encoder.onnx') ?? '')
  const decoder = await sessions.open(files.get('onnx/prompt_encoder_mask_decoder.onnx') ?? '')
  return {
    decoder: promptDecoder(decoder, encoder.outputNames),
    encode: (pixels: Float32Array, dims: readonly number[]) =>
      encoder.run({ pixel_values: { type: 'float32', data: pixels.slice(), dims } }),
  }
}

async function ownPixels({ image }: SamCase): Promise<Float32Array> {
  const processor = await readImageProcessor(samFiles())
  const picture = await samPicture(image)
  return processor.process([await picture.pixels()]).pixelValues.data
}

function promptsOf(one: SamCase): Prompt[] {
  return one.points_px.map((points, index) => ({
    points: intoFrame(points.flat(), processedFrame(one)),
    labels: one.labels[index] ?? [],
    box: null,
  }))
}

function processedFrame({ width, height, reshaped_size_hw: [resizedHeight, resizedWidth] }: SamCase) {
  return { width, height, resizedWidth, resizedHeight, left: 0, top: 0 }
}

function frameOf(one: SamCase, grid: { readonly width: number; readonly height: number }) {
  const [height = 0, width = 0] = one.pixel_values.shape.slice(-2)
  return paddedFrame(grid, { width, height }, processedFrame(one))
}

function farthest(given: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(given.length).toBe(wanted.length)
  let most = 0
  for (let i = 0; i < wanted.length; i++) most = Math.max(most, Math.abs((given[i] ?? Number.NaN) - (wanted[i] ?? 0)))
  return most
}

function floats(data: ArrayLike<number> | BigInt64Array | undefined): Float32Array {
  if (data instanceof Float32Array) return data
  throw new Error('not a float32 output')
}
