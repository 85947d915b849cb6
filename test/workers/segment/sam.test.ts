import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { Box } from '../../../schemas/geometry.js'
import type { Observation } from '../../../schemas/observation.js'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { segment } from '../../../workers/segment/index.js'
import { ringArea } from '../../../workers/segment/mask-outlines.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import { fillRings, pixelsOfRuns } from './masks.js'
import { countingHost, loadSamPack, samFiles, samNeeds, samPicture } from './sam-pack.js'

/** Boxes in the pack's smallest picture, 180 x 240, some of them at its edges. */
const boxes: readonly Box[] = [
  [20, 30, 150, 200],
  [0, 0, 90, 120],
  [60, 100, 120.5, 160.25],
  [0, 0, 180, 240],
  [90, 20, 170, 230],
]

describeWithReference('SAM masks the regions of a picture', samNeeds, () => {
  const runs: string[] = []
  let sessions: SessionHost
  beforeAll(() => {
    sessions = countingHost(createSessionHost({ threads: 1, sessions: 1 }), runs)
  })
  afterAll(() => sessions.close())

  async function annotate(images: AnnotatorInput[], more: Record<string, unknown> = {}): Promise<Observation[][]> {
    const annotator = await loadSamPack(sessions, more)
    runs.length = 0
    return annotator.annotate(images, { signal: new AbortController().signal })
  }

  it('encodes it once, whatever the number of regions, and gives them masks in their order', async () => {
    const picture = await samPicture('d2-portrait.png', { regions: boxes.map(region) })
    const [observed = []] = await annotate([picture])
    expect(runs.filter((run) => run === 'vision_encoder.onnx')).toHaveLength(1)
    // Boxes with as many points as one another share a run: 5, 3, 1.
    expect(runs.filter((run) => run !== 'vision_encoder.onnx')).toHaveLength(3)
    const ids = observed.map((one) => (one.kind === 'mask' ? one.region_id : null))
    expect(ids).toEqual([...ids].sort())
    expect(ids.length).toBeGreaterThanOrEqual(3)
  })

  it('says the same of a region alone, in small batches and among others', async () => {
    const picture = await samPicture('d2-portrait.png', { regions: boxes.map(region) })
    const [together = []] = await annotate([picture])
    const [inPairs] = await annotate([picture], { prompt_batch: 2 })
    expect(inPairs).toEqual(together.map(near))
    const alone = await annotate(boxes.map((box, index) => ({ ...picture, regions: [region(box, index)] })))
    expect(alone.flat()).toEqual(together.map(near))
  })

  it('gives polygons and run lengths of one and the same mask, outer rings before their holes', async () => {
    const picture = await samPicture('d2-portrait.png', { regions: boxes.map(region) })
    const [observed = []] = await annotate([picture], { simplify: 0, min_area: 1 })
    for (const one of observed) {
      if (one.kind !== 'mask') throw new Error(one.kind)
      const rings = one.polygon_rings.map((start, index) => {
        return one.polygon_points.slice(start * 2, (one.polygon_rings[index + 1] ?? Number.POSITIVE_INFINITY) * 2)
      })
      const pixels = pixelsOfRuns(one, picture)
      expect(fillRings(rings, picture)).toEqual(pixels)
      expect(ringArea(rings[0] ?? [])).toBeGreaterThan(0)
      expect(rings.reduce((sum, ring) => sum + ringArea(ring), 0)).toBe(pixels.reduce((sum, pixel) => sum + pixel, 0))
    }
  })

  it('leaves regions of text out unless they are asked for', async () => {
    const regions = boxes
      .map(region)
      .map((one, index) => ({ ...one, kind: (['text', 'phrase'] as const)[index % 2] ?? 'text' }))
    const picture = await samPicture('d1-landscape.png', { regions })
    const idsOf = async (more: Record<string, unknown>): Promise<string[]> =>
      (await annotate([picture], more)).flat().flatMap((one) => (one.kind === 'mask' ? one.region_id : []))
    const [without, withText] = [await idsOf({}), await idsOf({ text_regions: true })]
    expect(without.every((id) => id === 'r1' || id === 'r3')).toBe(true)
    expect(withText.length).toBeGreaterThan(without.length)
  })

  it('does not touch pictures without regions', async () => {
    const empty = { ...rasterInput('empty', { width: 8, height: 8, data: new Uint8Array(192) }) }
    const unread = { ...empty, pixels: () => Promise.reject(new Error('read')) }
    expect(await annotate([unread])).toEqual([[]])
    expect(runs).toEqual([])
  })

  it('says what is missing of its files', async () => {
    const files = samFiles()
    files.delete('onnx/prompt_encoder_mask_decoder.onnx')
    const loading = segment.load({
      options: segment.options.parse({ model: 'sam' }),
      files,
      vocabulary: null,
      sessions,
    })
    await expect(loading).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining('The model needs the file onnx/prompt_encoder_mask_decoder.onnx'),
    })
  })

  it('says what is wrong with a graph that is no decoder', async () => {
    const files = samFiles()
    files.set('onnx/prompt_encoder_mask_decoder.onnx', files.get('onnx/vision_encoder.onnx') ?? '')
    const loading = segment.load({
      options: segment.options.parse({ model: 'sam' }),
      files,
      vocabulary: null,
      sessions,
    })
    await expect(loading).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringContaining('this one takes pixel_values [-1, 3, 128, 128]'),
    })
  })
})

function region(box: Box, index: number): AgreedRegion {
  return { region_id: `r${index}`, kind: 'object', label: 'thing', box, quad: null, score: 1 }
}

/** A batch may round the last digits of a score differently; masks are the same. */
function near(observation: Observation): Observation {
  return { ...observation, score: expect.closeTo(observation.score, 5) }
}
