import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import { ground } from '../../../workers/ground/index.js'
import { describeAnnotatorConformance, rasterInput } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import { type GroundingPack, goldenRaster, packFiles, textWith } from './reference-grounding.js'

const names = ['d1-landscape.png', 'd2-portrait.png', 'd3-odd.png']
const caption = textWith(
  'A man riding a red bicycle. Two people, a dog.',
  'A man',
  'a red bicycle',
  'Two people',
  'a dog',
)
const list = textWith('person. red car. tree.', 'person', 'red car', 'tree')
const queries = ['a cat', 'two people', 'sky']

const cases: readonly (readonly [string, GroundingPack, Record<string, unknown>, readonly string[] | null])[] = [
  ['Grounding DINO', 'grounding-dino', { model: 'grounding-dino' }, null],
  ['OWLv2 for phrases', 'owlv2', { model: 'owlv2', queries_per_run: 2 }, null],
  ['OWLv2 for objects', 'owlv2', { model: 'owlv2', queries, template: 'a photo of {}' }, queries],
]

for (const [name, pack, options, vocabulary] of cases) {
  describeWithReference(name, [`golden/specialists/${pack}`, 'golden/specialists/images'], () => {
    describeAnnotatorConformance(name, async () => {
      const sessions = createSessionHost({ threads: 1, sessions: 2 })
      const context = { options: ground.options.parse(options), files: packFiles(pack), vocabulary: null, sessions }
      return {
        annotator: await ground.load(context),
        images: await images(),
        vocabulary,
        close: () => sessions.close(),
      }
    })
  })
}

/** Images with one text, with two, and with texts that have nothing to ground. */
function images(): Promise<AnnotatorInput[]> {
  const texts = [[caption], [list, caption], [textWith(''), textWith('?!'), list]]
  return Promise.all(
    names.map(async (name, index) => rasterInput(name, await goldenRaster(name), { texts: texts[index] ?? [] })),
  )
}
