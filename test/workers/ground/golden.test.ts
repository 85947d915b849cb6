import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Box } from '../../../schemas/geometry.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { ModelSession, SessionHost, Tensors } from '../../../src/models/sessions/tensor.js'
import { readTextTokenizer, type TextTokenizer } from '../../../src/models/text-tokenizer.js'
import { bestQueries } from '../../../workers/ground/best-query.js'
import { boxHeads } from '../../../workers/ground/box-heads.js'
import { groundedQueries, referenceLabel } from '../../../workers/ground/grounded-queries.js'
import { type GroundingPair, groundingGraph, groundingInputs } from '../../../workers/ground/grounding-dino-input.js'
import { groundingPrompts } from '../../../workers/ground/grounding-prompts.js'
import { describeWithReference } from '../../reference-data.js'
import { type GoldenGrounding, packFiles, readGrounding, storedFloats } from './reference-grounding.js'

/** The tolerances of the reference's own page. */
const tolerance = { pixels: 0.1, score: 1e-4 }

interface Detection {
  readonly label: string
  readonly score: number
  readonly box: Box
}

describeWithReference('Grounding DINO answers as the reference does', ['golden/specialists/grounding-dino'], () => {
  let sessions: SessionHost
  let session: ModelSession
  let tokenizer: TextTokenizer
  let golden: readonly GoldenGrounding[]
  beforeAll(async () => {
    sessions = createSessionHost({ threads: 1, sessions: 1 })
    session = await sessions.open(packFiles('grounding-dino').get('onnx/model.onnx') ?? '')
    tokenizer = await readTextTokenizer(packFiles('grounding-dino'))
    golden = await readGrounding('grounding-dino')
  })
  afterAll(() => sessions.close())

  it('makes the same prompts', () => {
    for (const { text, input_ids, tokens } of golden) {
      const [prompt, ...others] = groundingPrompts(text, tokenizer, 256)
      expect(others).toEqual([])
      expect(prompt?.ids).toEqual(input_ids)
      const pieces = prompt?.spans.map((span) => (span ? text.slice(span.start, span.end) : null))
      expect(pieces).toEqual(tokens.map((token) => (/^\[/.test(token) ? null : token.replace(/^##/, ''))))
    }
  })

  it('from the stored pixels, one by one', async () => {
    for (const image of golden) {
      const [detections] = await detect([image])
      expectSame(detections, image)
    }
  })

  it('from the stored pixels, several in one batch', async () => {
    for (const image of golden) {
      // The other images, with this prompt: as many tokens, another answer.
      const others = golden.map((other) => ({ ...image, ...pixelsOf(other) }))
      const batch = [...others, image]
      const found = await detect(batch)
      expectSame(found.at(-1), image)
      for (const [index, other] of others.entries())
        expectSame((await detect([other]))[0], { ...other, detections: found[index] ?? [] })
    }
  })

  async function detect(images: readonly GoldenGrounding[]): Promise<Detection[][]> {
    const pairs = await Promise.all(images.map(pairOf))
    const inputs = groundingInputs(pairs, groundingGraph(session), tokenizer.padId)
    const { logits, boxes, columns } = boxHeads(await session.run(inputs), images.length)
    return images.map((image, index) => {
      const output = {
        logits: logits[index] ?? new Float32Array(0),
        boxes: boxes[index] ?? new Float32Array(0),
        columns,
      }
      const { threshold: box_threshold, text_threshold, width, height, input_ids } = image
      const found = groundedQueries(output, { box_threshold, text_threshold, width, height })
      return found.map((query) => ({ ...query, label: referenceLabel(query, input_ids, tokenizer) }))
    })
  }

  /** The stored pixels without their padding, so that it is put there again. */
  async function pairOf({ pixel_values, pixel_mask_valid_hw, input_ids }: GoldenGrounding): Promise<GroundingPair> {
    const [rows, columns] = pixel_mask_valid_hw
    const stored = await storedFloats('grounding-dino', pixel_values)
    const [, , , width = 0] = pixel_values.shape
    const height = stored.length / 3 / width
    const data = Float32Array.from({ length: 3 * rows * columns }, (_, index) => {
      const [plane, y, x] = [Math.floor(index / (rows * columns)), Math.floor(index / columns) % rows, index % columns]
      return stored[(plane * height + y) * width + x] ?? Number.NaN
    })
    const mask = new BigInt64Array(rows * columns).fill(1n)
    return {
      ids: input_ids,
      image: {
        pixelValues: { type: 'float32', data, dims: [1, 3, rows, columns] },
        pixelMask: { type: 'int64', data: mask, dims: [1, rows, columns] },
      },
    }
  }
})

function pixelsOf({ width, height, pixel_values, pixel_mask_valid_hw }: GoldenGrounding) {
  return { width, height, pixel_values, pixel_mask_valid_hw }
}

describeWithReference('OWLv2 answers as the reference does', ['golden/specialists/owlv2'], () => {
  let sessions: SessionHost
  beforeAll(() => {
    sessions = createSessionHost({ threads: 1, sessions: 1 })
  })
  afterAll(() => sessions.close())

  it('from the stored pixels', async () => {
    const session = await sessions.open(packFiles('owlv2').get('onnx/model.onnx') ?? '')
    const tokenizer = await readTextTokenizer(packFiles('owlv2'))
    for (const image of await readGrounding('owlv2')) {
      const encoded = image.queries.map((query) => tokenizer.encode(query, { maxLength: 16, padTo: 16 }))
      expect(encoded.map(({ ids }) => ids)).toEqual(image.input_ids)
      const dims = [encoded.length, 16]
      const inputs: Tensors = {
        input_ids: { type: 'int64', data: BigInt64Array.from(encoded.flatMap(({ ids }) => ids.map(BigInt))), dims },
        attention_mask: {
          type: 'int64',
          data: BigInt64Array.from(encoded.flatMap(({ mask }) => mask.map(BigInt))),
          dims,
        },
        pixel_values: {
          type: 'float32',
          data: await storedFloats('owlv2', image.pixel_values),
          dims: [1, 3, 128, 128],
        },
      }
      const { logits, boxes, columns } = boxHeads(await session.run(inputs), 1)
      const byQuery = image.queries.map((_, query) =>
        (logits[0] ?? new Float32Array(0)).filter((_value, at) => at % columns === query),
      )
      const output = { logits: byQuery, boxes: boxes[0] ?? new Float32Array(0) }
      const found = bestQueries(output, [...image.queries.keys()], image)
      expectSame(
        found.map((each) => ({ ...each, label: image.queries[each.query] ?? '' })),
        image,
      )
    }
  })
})

/** The same labels in the same order, scores and boxes within the tolerance. */
function expectSame(found: readonly Detection[] | undefined, image: GoldenGrounding | undefined): void {
  expect(found?.map(({ label }) => label)).toEqual(image?.detections.map(({ label }) => label))
  for (const [index, { score, box }] of (image?.detections ?? []).entries()) {
    const detection = found?.[index]
    expect(Math.abs((detection?.score ?? Number.NaN) - score)).toBeLessThanOrEqual(tolerance.score)
    for (const [side, value] of box.entries()) {
      expect(Math.abs((detection?.box[side] ?? Number.NaN) - value)).toBeLessThanOrEqual(tolerance.pixels)
    }
  }
}
