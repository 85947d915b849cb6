import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { Box } from '../../../schemas/geometry.js'
import type { MaskObservation } from '../../../schemas/observation.js'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { segment } from '../../../workers/segment/index.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { boxSam2Files } from './box-sam2.js'
import { countingHost } from './sam-pack.js'

describe('SAM 2, as graphs with its inputs and outputs', () => {
  let sessions: SessionHost
  let files: Map<string, string>
  const runs: string[] = []
  beforeAll(async () => {
    sessions = countingHost(createSessionHost({ threads: 1, sessions: 1 }), runs)
    files = await boxSam2Files()
  })
  afterAll(() => sessions.close())

  async function masks(image: AnnotatorInput, more: Record<string, unknown> = {}): Promise<MaskObservation[]> {
    const options = segment.options.parse({ model: 'sam2', simplify: 0, min_area: 1, ...more })
    const annotator = await segment.load({ options, files, vocabulary: null, sessions })
    const [observations = []] = await annotator.annotate([image], { signal: new AbortController().signal })
    return observations.filter((observation): observation is MaskObservation => observation.kind === 'mask')
  }

  it('is given boxes as boxes, in pixels of the stretched image, and the mask that fits is taken', async () => {
    // 200 x 100 pixels become 64 x 64: the grid's cells are 6.25 x 3.125 pixels, a box on them is met within half of one.
    const found = await masks(grey(200, 100, 128, [[50, 25, 150, 75]]))
    const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = extent(found[0])
    expect(found.map(({ score }) => score)).toEqual([expect.closeTo(0.8, 5)])
    for (const [given, wanted] of [
      [x1, 50],
      [y1, 25],
      [x2, 150],
      [y2, 75],
    ] as const) {
      expect(Math.abs(given - wanted)).toBeLessThanOrEqual(2)
    }
    // A logit is a pixel of the input, 3.125 x 1.5625 of the image.
    const ratio = ((100 - 6.25) * (50 - 3.125)) / ((100 + 6.25) * (50 + 3.125))
    expect(found[0]?.stability).toBeCloseTo(ratio, 1)
  })

  it('is given all features of its encoder', async () => {
    const across = async (level: number): Promise<number> => {
      const [x1, , x2] = extent((await masks(grey(640, 640, level, [[160, 160, 480, 480]])))[0])
      return x2 - x1
    }
    // Bytes of 255 and 0 are 1 and -1 after normalisation, their three means .3 or -.3 pixels of the input: 3 of the image.
    expect(Math.abs((await across(255)) - 326)).toBeLessThanOrEqual(1)
    expect(Math.abs((await across(0)) - 314)).toBeLessThanOrEqual(1)
  })

  it('encodes once and decodes in batches, and a batch changes nothing', async () => {
    const boxes = Array.from({ length: 5 }, (_, index): Box => [index * 8, index * 4, index * 8 + 30, index * 4 + 25])
    const image = grey(80, 60, 200, boxes)
    runs.length = 0
    const together = await masks(image)
    expect(runs.map(graphOf)).toEqual(['encoder', 'decoder'])
    runs.length = 0
    expect(await masks(image, { prompt_batch: 2 })).toEqual(together)
    expect(runs.map(graphOf)).toEqual(['encoder', 'decoder', 'decoder', 'decoder'])
    expect(together.map(({ region_id }) => region_id)).toEqual(['r0', 'r1', 'r2', 'r3', 'r4'])
  })

  it('leaves out what the model takes for nothing, where that is asked', async () => {
    const image = grey(64, 64, 128, [
      [10, 10, 50, 50],
      [20, 10, 27, 50],
    ])
    expect(await masks(image)).toHaveLength(2)
    expect((await masks(image, { object_score_min: 0.5 })).map(({ region_id }) => region_id)).toEqual(['r0'])
  })
})

function graphOf(file: string): string {
  return file.includes('encoder_mask_decoder') ? 'decoder' : 'encoder'
}

function grey(width: number, height: number, level: number, boxes: readonly Box[]): AnnotatorInput {
  const regions = boxes.map((box, index): AgreedRegion => {
    return { region_id: `r${index}`, kind: 'object', label: 'thing', box, quad: null, score: 1 }
  })
  return rasterInput(`${width}`, { width, height, data: new Uint8Array(width * height * 3).fill(level) }, { regions })
}

function extent(mask: MaskObservation | undefined): [number, number, number, number] {
  const points = mask?.polygon_points ?? []
  const xs = points.filter((_, index) => index % 2 === 0)
  const ys = points.filter((_, index) => index % 2 === 1)
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]
}
