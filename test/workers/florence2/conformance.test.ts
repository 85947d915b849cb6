import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { AnnotatorInput, AnnotatorModule } from '../../../src/annotate/contract.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { florence2, florence2Regions, florence2Texts } from '../../../workers/florence2/index.js'
import { describeAnnotatorConformance, rasterInput } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import { painted, region } from '../painted-images.js'
import { checkpointFiles, referenceNeeds } from './reference-checkpoint.js'

const regions: readonly AgreedRegion[] = [
  region('r1', 'dog', [20, 20, 100, 100]),
  region('r2', 'wall', [100, 0, 160, 120], { score: 0.5 }),
  region('t1', 'STOP', [10, 10, 60, 30], { kind: 'text' }),
]
const phrases = [{ start: 0, end: 5, region_ids: [] }]
const texts = [{ granularity: 'brief' as const, text: 'A dog before a wall.', phrases }]

const images = [
  rasterInput('red', painted(160, 120, 'white', [{ box: [20, 20, 100, 100], paint: 'red' }]), { regions, texts }),
  rasterInput('blue', painted(200, 120, 'black', [{ box: [0, 20, 90, 120], paint: 'blue' }]), { regions, texts }),
]
const few = { beams: 2, max_new_tokens: 24 }
const modules = [
  [
    florence2 as AnnotatorModule,
    {
      tasks: [
        ...['CAPTION', 'DETAILED_CAPTION', 'MORE_DETAILED_CAPTION', 'OCR', 'OCR_WITH_REGION', 'OD'],
        ...['DENSE_REGION_CAPTION', 'REGION_PROPOSAL', 'OPEN_VOCABULARY_DETECTION'],
      ],
      labels: ['dog', 'wall'],
    },
  ],
  [
    florence2Regions as AnnotatorModule,
    {
      tasks: [
        ...['REGION_TO_SEGMENTATION', 'REGION_TO_CATEGORY', 'REGION_TO_DESCRIPTION', 'REGION_TO_OCR'],
        'REFERRING_EXPRESSION_SEGMENTATION',
      ],
    },
  ],
  [florence2Texts as AnnotatorModule, { tasks: ['CAPTION_TO_PHRASE_GROUNDING', 'OPEN_VOCABULARY_DETECTION'] }],
] as const

function load(module: AnnotatorModule, options: Record<string, unknown>, sessions: SessionHost) {
  return module.load({ options: module.options.parse(options), files: checkpointFiles(), vocabulary: null, sessions })
}

for (const [module, options] of modules) {
  describeWithReference(module.name, referenceNeeds, () => {
    describeAnnotatorConformance(module.name, async () => {
      const sessions = createSessionHost({ threads: 1, sessions: 2 })
      const annotator = await load(module, { ...options, ...few }, sessions)
      // Rows of other images change the order of sums in a run, by some 1e-8 of a score.
      return { annotator, images, vocabulary: null, scoreDecimals: 7, close: () => sessions.close() }
    })
  })
}

describeWithReference('Florence-2 as an annotator', referenceNeeds, () => {
  let sessions: SessionHost
  beforeAll(() => {
    sessions = createSessionHost({ threads: 1, sessions: 1 })
  })
  afterAll(() => sessions.close())
  const signal = new AbortController().signal

  describe('an image about which nothing is asked', () => {
    it.each([
      [florence2Regions as AnnotatorModule, { tasks: ['REGION_TO_CATEGORY'] }],
      [florence2Texts as AnnotatorModule, { tasks: ['CAPTION_TO_PHRASE_GROUNDING'] }],
    ])('is not decoded', async (module, options) => {
      const annotator = await load(module, options, sessions)
      const pixels = () => Promise.reject(new Error('decoded'))
      const image: AnnotatorInput = { ...rasterInput('none', painted(8, 8, 'white')), pixels }
      expect(await annotator.annotate([image, image], { signal })).toEqual([[], []])
    })
  })

  it('rejects a text that does not fit and asks about the others', async () => {
    const long = { granularity: 'more_detailed' as const, text: 'dog '.repeat(1100).trim(), phrases: [] }
    const annotator = await load(
      florence2Texts as AnnotatorModule,
      { ...few, tasks: ['CAPTION_TO_PHRASE_GROUNDING'] },
      sessions,
    )
    const [image] = images
    if (image === undefined) throw new Error('no image')
    const [alone] = await annotator.annotate([image], { signal })
    const [both] = await annotator.annotate([{ ...image, texts: [long, ...texts] }], { signal })
    expect(both?.[0]).toMatchObject({ kind: 'rejected_text', reason: 'over_long', failed: { allowed: 1024 - 37 } })
    expect(both?.slice(1)).toEqual(alone)
  })
})
