import { expect, test } from 'vitest'
import type { AnnotatorInput } from '../../../src/annotate/contract.js'
import { captionRegions } from '../../../workers/caption/index.js'
import { describeAnnotatorConformance, rasterInput } from '../../annotate/annotator-conformance.js'
import { noSessions, painted, region } from '../painted-images.js'

const load = () =>
  captionRegions.load({
    options: captionRegions.options.parse({}),
    files: new Map(),
    vocabulary: null,
    sessions: noSessions,
  })

/** A small black dog and a large red post box on green, a word, and a person. */
const picture: AnnotatorInput = rasterInput(
  'first',
  painted(400, 300, 'green', [
    { box: [20, 20, 50, 50], paint: 'black' },
    { box: [100, 20, 260, 280], paint: 'red' },
  ]),
  {
    regions: [
      region('dog', 'dog', [20, 20, 50, 50], { score: 0.6 }),
      region('box', 'post_box', [100, 20, 260, 280], { score: 0.9 }),
      region('word', 'EXIT', [300, 20, 350, 40], { kind: 'text' }),
      region('her', 'person', [300, 50, 390, 290], { score: 0.7 }),
    ],
  },
)

test('a label with the size and colour that are clear, the score of the region, objects only', async () => {
  const annotator = await load()
  const [observations] = await annotator.annotate([picture], { signal: new AbortController().signal })
  expect(observations).toEqual([
    { kind: 'region_caption', region_id: 'box', text: 'a large red post box', score: 0.9 },
    { kind: 'region_caption', region_id: 'her', text: 'a person', score: 0.7 },
    { kind: 'region_caption', region_id: 'dog', text: 'a small black dog', score: 0.6 },
  ])
})

describeAnnotatorConformance('caption-regions', async () => {
  const annotator = await load()
  const other = { ...picture, image_id: 'second', regions: picture.regions.slice(0, 1) }
  return { annotator, images: [picture, other], vocabulary: null, close: () => annotator.dispose() }
})
