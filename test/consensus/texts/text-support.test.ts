import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { consensusConfigSchema } from '../../../schemas/consensus-config.js'
import type { Box } from '../../../schemas/geometry.js'
import { checkSupport, type EvidenceQuestion, textEvidence } from '../../../src/consensus/texts/text-support.js'
import { object, source } from '../sources.js'

const config = consensusConfigSchema.parse({ support_score: 0.1, max_unsupported: 0.5, text_similarity: 0.25 })
const box: Box = [10, 10, 110, 110]
const coco = ['person', 'cat', 'dog', 'car', 'dining table', 'boat']

function region(label: string, alternatives: readonly string[] = []) {
  return { kind: 'object' as const, label, alternatives }
}

function check(
  labels: readonly string[],
  rest: Partial<EvidenceQuestion> & { human?: boolean; similarity?: number } = {},
) {
  const { human = false, similarity = null, ...question } = rest
  const sources = [source('yolox', [], { vocabulary: coco })]
  const evidence = textEvidence({ regions: [], sources, config, ...question })
  return checkSupport({ labels, human }, { evidence, similarity, config })
}

describe('checkSupport', () => {
  it('checks only what a detector of the run could have seen, itself or under a wider name', () => {
    expect(check(['cat', 'castle', 'poodle'])).toMatchObject({ checkable: ['cat', 'poodle'] })
    expect(check(['cat'], { sources: [source('yolox', [], { vocabulary: null })] }).checkable).toEqual([])
    expect(
      check(['cat'], { sources: [source('yolox', [], { vocabulary: coco, failure: 'crashed' })] }).checkable,
    ).toEqual([])
    // There is more that moves than cars and boats.
    expect(check(['vehicle']).checkable).toEqual([])
  })

  it.each([
    ['an agreed region', { regions: [region('dog')] }],
    ['a region of a narrower label', { regions: [region('poodle')] }],
    ['a label that lost', { regions: [region('cat', ['dog'])] }],
    ['a weak box', { sources: [source('yolox', [object('dog', 0.1, box)], { vocabulary: coco })] }],
    [
      'a box of a person',
      {
        sources: [
          source('yolox', [], { vocabulary: coco }),
          source('source', [object('dog', 0, box)], { human: true, vocabulary: null }),
        ],
      },
    ],
  ])('takes %s as support', (_, question) => {
    expect(check(['dog'], question)).toEqual({ checkable: ['dog'], unsupported: [], fault: null })
  })

  it('takes a wider region as support for a narrower name, and nothing that is below the score', () => {
    expect(check(['poodle'], { regions: [region('dog')] }).unsupported).toEqual([])
    const faint = [source('yolox', [object('dog', 0.09, box)], { vocabulary: coco })]
    expect(check(['dog'], { sources: faint }).unsupported).toEqual(['dog'])
    expect(check(['dog'], { regions: [region('cat')] }).unsupported).toEqual(['dog'])
  })

  it('rejects by the share of what is not borne out, saying which', () => {
    const half = check(['cat', 'dog'], { regions: [region('dog')] })
    expect(half).toMatchObject({ unsupported: ['cat'], fault: null })
    const most = check(['boat', 'cat', 'dog'], { regions: [region('dog')] })
    expect(most.fault).toEqual({
      reason: 'unsupported_objects',
      rule: 'max_unsupported',
      failed: { unsupported: ['boat', 'cat'], share: 2 / 3, highest: 0.5, similarity: null, lowest: 0.25 },
    })
  })

  it('lets a text pass that is near to the image, and one that a person wrote, and records what is missing', () => {
    expect(check(['cat'], { similarity: 0.24 }).fault).toMatchObject({ failed: { similarity: 0.24 } })
    expect(check(['cat'], { similarity: 0.25 })).toMatchObject({ unsupported: ['cat'], fault: null })
    expect(check(['cat'], { human: true })).toMatchObject({ unsupported: ['cat'], fault: null })
  })

  it('finds no less support when something more is seen', () => {
    const label = fc.constantFrom('cat', 'dog', 'poodle', 'car', 'vehicle', 'castle', 'person', 'man')
    fc.assert(
      fc.property(fc.uniqueArray(label), fc.array(label), label, (labels, seen, more) => {
        const before = check(labels, { regions: seen.map((each) => region(each)) })
        const after = check(labels, { regions: [...seen, more].map((each) => region(each)) })
        expect(after.checkable).toEqual(before.checkable)
        expect(before.unsupported).toEqual(expect.arrayContaining([...after.unsupported]))
      }),
    )
  })
})
