import { describe, expect, it } from 'vitest'
import { coco80, objects365 } from '../../../schemas/vocabularies/index.js'
import { classLabels } from '../../../workers/detect/class-labels.js'
import { readHubConfig, withScoring } from '../../../workers/detect/hub-config.js'
import { detectOptionsSchema } from '../../../workers/detect/options.js'
import { textFiles } from '../../models/text-files.js'

function options(more: Record<string, unknown> = {}) {
  const parsed = detectOptionsSchema.parse({ decoder: 'set-prediction', ...more })
  if (parsed.decoder !== 'set-prediction') throw new Error('another decoder')
  return parsed
}

describe('scoring by model_type', () => {
  it.each([
    ['d_fine', { scoring: 'sigmoid' }],
    ['rt_detr_v2', { scoring: 'sigmoid' }],
    ['rf-detr', { scoring: 'sigmoid' }],
    ['detr', { scoring: 'softmax' }],
    ['table-transformer', { scoring: 'softmax' }],
    ['conditional_detr', { scoring: 'sigmoid', top_k: 100 }],
    ['lw_detr', { scoring: 'sigmoid', top_k: 100 }],
  ])('%s', (model_type, scoring) => {
    expect(withScoring(options(), { model_type })).toEqual({ ...options(), ...scoring })
  })

  it('gives way to what the options say', () => {
    expect(withScoring(options({ scoring: 'sigmoid' }), { model_type: 'detr' })).toMatchObject({ scoring: 'sigmoid' })
    expect(withScoring(options({ scoring: 'softmax' }), { model_type: 'lw_detr' })).not.toHaveProperty('top_k')
    expect(withScoring(options({ top_k: 7 }), { model_type: 'lw_detr' })).toMatchObject({ top_k: 7 })
    expect(withScoring(options({ scoring: 'softmax' }), null)).toMatchObject({ scoring: 'softmax' })
  })

  it('names the types that are known where one is not', () => {
    const unknown = expect.objectContaining({ code: 'model_invalid' })
    expect(() => withScoring(options(), { model_type: 'toString' })).toThrow(unknown)
    expect(() => withScoring(options(), { model_type: 'maskformer' })).toThrow(
      /"maskformer".*scoring: sigmoid or softmax.*d_fine.*detr/,
    )
    expect(() => withScoring(options(), null)).toThrow(/without a model_type/)
  })
})

describe('labels of the classes', () => {
  const numbered = (names: readonly string[], first = 0) =>
    Object.fromEntries(names.map((name, index) => [String(first + index), name]))

  it('stand by class index; those that are no names are never said', () => {
    const id2label = { 10: 'bird', 2: 'N/A', 1: 'cat', 0: 'None', 4: 'LABEL_4', 5: 'Background' }
    const labels = classLabels({ id2label }, null)
    expect(labels).toEqual({
      names: [null, 'cat', null, null, null, null, null, null, null, null, 'bird'],
      exact: false,
    })
  })

  it('may be a vocabulary whose classes have gaps in the model', () => {
    const gapped = { ...numbered(coco80.slice(0, 11), 1), ...numbered(coco80.slice(11), 13) }
    const { names } = classLabels({ id2label: gapped }, coco80)
    expect(names).toHaveLength(82)
    expect(names.filter((name) => name !== null)).toEqual(coco80)
    const { names: sports } = classLabels({ id2label: { 0: 'None', ...numbered(objects365, 1) } }, objects365)
    expect([sports.length, sports[0], sports[365]]).toEqual([366, null, 'Table Tennis'])
  })

  it('are said in the words of the vocabulary where it means the same', () => {
    const config = { id2label: { 0: 'sofa', 1: 'N/A', 2: 'tvmonitor' } }
    expect(classLabels(config, ['couch', 'tv']).names).toEqual(['couch', null, 'tv'])
    expect(() => classLabels(config, ['tv', 'couch'])).toThrow(/label 1 is "tv", in config\.json it is "sofa"/)
  })

  it('come from the vocabulary where the configuration has none', () => {
    const config = { id2label: numbered(['LABEL_0', 'LABEL_1']) }
    for (const bare of [config, { id2label: null }, null]) {
      expect(classLabels(bare, ['cat', 'dog'])).toEqual({ names: ['cat', 'dog'], exact: true })
      expect(() => classLabels(bare, null)).toThrow(/id2label in config\.json, or a vocabulary/)
    }
  })

  it.each([
    [['cat', 'bird'], 'label 2 is "bird", in config.json it is "dog" (class 3)'],
    [['cat'], 'label 2 is missing, in config.json it is "dog" (class 3)'],
    [['cat', 'dog', 'bus'], 'label 3 is "bus", in config.json it is missing'],
    [['kitten', 'dog'], 'label 1 is "kitten", in config.json it is "cat" (class 1)'],
  ])('are refused where the vocabulary is %j', (vocabulary, difference) => {
    const config = { id2label: { 0: 'None', 1: 'cat', 3: 'dog' } }
    const message = `${difference}; config.json names 2 of its classes 0-3, the vocabulary has ${vocabulary.length} labels`
    expect(() => classLabels(config, vocabulary)).toThrow(
      expect.objectContaining({ code: 'model_invalid', message: expect.stringContaining(message) }),
    )
  })
})

describe('config.json', () => {
  it('may be absent, and is refused where its classes are not numbered', async () => {
    expect(await readHubConfig(new Map())).toBeNull()
    const files = await textFiles({ 'config.json': '{"model_type": "detr", "id2label": {"0": "cat"}, "d_model": 256}' })
    expect(await readHubConfig(files)).toMatchObject({ model_type: 'detr', id2label: { 0: 'cat' } })
    const odd = await textFiles({ 'config.json': '{"id2label": {"cat": "0"}}' })
    await expect(readHubConfig(odd)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(/config\.json.*id2label/s),
    })
  })
})
