import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AgreedRegion } from '../../../schemas/annotation.js'
import type { Box } from '../../../schemas/geometry.js'
import { cropRaster } from '../../../src/models/pixels/crop-raster.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { readImageTextModel } from '../../../workers/similarity/image-text-model.js'
import { similarity } from '../../../workers/similarity/index.js'
import { openTextTower } from '../../../workers/similarity/text-tower.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import { maskedTextTower } from './masked-text-tower.js'
import {
  briefTexts,
  compare,
  referenceContext,
  referenceFiles,
  referenceImage,
  referenceModels,
  referenceNeeds,
} from './reference-models.js'
import { rowsOf, watchedSessions } from './watched-sessions.js'

const signal = new AbortController().signal
const photo = 'd1-landscape.png'

function region(region_id: string, box: Box): AgreedRegion {
  return { region_id, kind: 'object', label: 'cat', box, quad: null, score: 0.5 }
}

describeWithReference('similarity', referenceNeeds, () => {
  let host: SessionHost
  beforeAll(() => {
    host = createSessionHost({ threads: 1, sessions: 2 })
  })
  afterAll(() => host.close())

  describe.each(referenceModels)('of %s', (name) => {
    it('compares the image with its texts, and the crop of a region with its candidates, each text once', async () => {
      const annotator = await similarity.load(await referenceContext(name, host))
      const image = await referenceImage(photo, {
        ...briefTexts(['a cat', 'a dog', 'a cat']),
        regions: [region('r1', [40, 30, 120, 200]), region('r2', [200, 30, 220, 50]), region('r3', [0, 0, 9, 9])],
        regionTexts: [
          { region_id: 'r3', texts: ['sky'] },
          { region_id: 'r1', texts: ['a cat', 'fur', 'a cat'] },
          { region_id: 'gone', texts: ['a tree'] },
        ],
      })
      const [observed = []] = await compare(annotator, [image])
      expect(observed.map(({ region_id, text }) => [region_id, text])).toEqual([
        [null, 'a cat'],
        [null, 'a dog'],
        ['r1', 'a cat'],
        ['r1', 'fur'],
        ['r3', 'sky'],
      ])
      expect(observed[2]?.cosine).not.toBeCloseTo(observed[0]?.cosine ?? 0, 4)
    })

    it('says of a crop what it says of an image of the same pixels', async () => {
      const annotator = await similarity.load(await referenceContext(name, host, { crop_margin: 0.25 }))
      const whole = await referenceImage(photo)
      // Half of it is outside: 0.25 of 80 by 40 pixels around, clipped at the image's edges.
      const area = { left: 220, top: 190, width: 100, height: 50 }
      const cut = rasterInput('cut', cropRaster(await whole.pixels(), area), briefTexts(['a cat', 'a dog']))
      const regions = [region('corner', [240, 200, 320, 240])]
      const regionTexts = [{ region_id: 'corner', texts: ['a cat', 'a dog'] }]
      const [ofCrop = [], ofImage = []] = await compare(annotator, [{ ...whole, regions, regionTexts }, cut])
      expect(ofCrop).toHaveLength(2)
      expect(ofCrop).toEqual(ofImage.map((observation) => ({ ...observation, region_id: 'corner' })))
    })

    it('embeds each text once, and images and crops together', async () => {
      const { sessions, runs } = watchedSessions(host)
      const annotator = await similarity.load(await referenceContext(name, sessions, { batch: 4 }))
      const image = await referenceImage(photo, {
        ...briefTexts(['a cat', 'a dog', 'a tree']),
        regions: [region('r1', [40, 30, 120, 200]), region('r2', [200, 30, 220, 50])],
        regionTexts: ['r1', 'r2'].map((region_id) => ({ region_id, texts: ['a cat', 'fur', 'sky'] })),
      })
      const [first = []] = await compare(annotator, [image])
      expect(rowsOf(runs, 'text_model.onnx')).toEqual([4, 2])
      expect(rowsOf(runs, 'vision_model.onnx')).toEqual([3])
      expect(await compare(annotator, [image, image])).toEqual([first, first])
      expect(rowsOf(runs, 'text_model.onnx')).toEqual([4, 2])
      expect(rowsOf(runs, 'vision_model.onnx').sort()).toEqual([2, 3, 4])
      await annotator.dispose()
    })

    it('says exactly the same of an image alone and in company', async () => {
      const images = await Promise.all(
        [photo, 'd2-portrait.png', 'd3-odd.png'].map((image) => referenceImage(image, briefTexts(['a cat', 'a dog']))),
      )
      const annotator = await similarity.load(await referenceContext(name, host))
      const together = await compare(annotator, images)
      for (const [index, image] of images.entries())
        expect(await compare(annotator, [image])).toEqual([together[index]])
    })

    it('runs nothing without texts', async () => {
      const { sessions, runs } = watchedSessions(host)
      const annotator = await similarity.load(await referenceContext(name, sessions))
      const unread = { ...(await referenceImage(photo)), pixels: () => Promise.reject(new Error('not to be decoded')) }
      expect(await compare(annotator, [unread, { ...unread, regions: [region('r1', [4, 4, 20, 20])] }])).toEqual([
        [],
        [],
      ])
      expect(runs).toEqual([])
    })

    it('cuts texts that are too long, and takes strange ones', async () => {
      const annotator = await similarity.load(await referenceContext(name, host))
      const texts = ['', '!', 'word '.repeat(500), '日本語 の テキスト', 'naïve </s> <|endoftext|>']
      const [observed = []] = await compare(annotator, [await referenceImage(photo, briefTexts(texts))])
      expect(observed.map(({ text }) => text)).toEqual(texts)
      for (const { cosine, score } of observed) {
        expect(Math.abs(cosine)).toBeLessThanOrEqual(1)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
      }
    })

    it('says of texts alone what it says of them in a batch', async () => {
      const texts = ['a cat', 'a dog on a wooden table in the street', 'sky']
      const together = await similarity.load(await referenceContext(name, host))
      const [observed = []] = await compare(together, [await referenceImage(photo, briefTexts(texts))])
      for (const [index, text] of texts.entries()) {
        const alone = await similarity.load(await referenceContext(name, host, { batch: 1 }))
        const [[only] = []] = await compare(alone, [await referenceImage(photo, briefTexts([text]))])
        expect(only?.cosine).toBeCloseTo(observed[index]?.cosine ?? Number.NaN, 5)
      }
    })
  })

  it('masks the padding of CLIP where the graph takes a mask', async () => {
    const context = await referenceContext('clip', host)
    const files = new Map(context.files).set('onnx/text_model.onnx', await maskedTextTower('text_embeds'))
    const tower = await openTextTower({ ...context, files }, await readImageTextModel(files, {}))
    const [short, long] = await tower.embed(['a dog', 'a photo of a dog'], signal)
    expect([...(short ?? [])]).toEqual([2012, 320, 1929, 2013, 0, 0, 0])
    expect([...(long ?? [])]).toEqual([2012, 320, 1125, 539, 320, 1929, 2013])
  })

  it('shows SigLIP its padding, as it was trained, in lower case', async () => {
    const context = await referenceContext('siglip', host)
    const files = new Map(context.files).set('onnx/text_model.onnx', await maskedTextTower('pooler_output'))
    const tower = await openTextTower({ ...context, files }, await readImageTextModel(files, context.options))
    const [embedding, shouted] = await tower.embed(['a dog', 'A DOG'], signal)
    expect([...(embedding ?? [])]).toEqual([11, 33, 21, ...new Array(13).fill(1)])
    expect(shouted).toEqual(embedding)
  })

  it('asks for the scale and bias of SigLIP, and for nothing of CLIP', async () => {
    const load = (name: 'clip' | 'siglip', options: Record<string, unknown>) =>
      similarity.load({
        options: similarity.options.parse(options),
        files: referenceFiles(name),
        vocabulary: null,
        sessions: host,
      })
    await expect(load('siglip', {})).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/siglip needs the options logit_scale and logit_bias/),
    })
    await expect(load('siglip', { logit_scale: 117.3 })).rejects.toThrow(/needs the option logit_bias/)
    await (await load('siglip', { logit_scale: 117.3, logit_bias: -12.9 })).dispose()
    await (await load('clip', {})).dispose()
  })

  it.each([
    [
      'onnx/text_model.onnx',
      'vision_model.onnx',
      /text_model\.onnx must take input_ids and may take attention_mask; .*pixel_values/,
    ],
    ['onnx/vision_model.onnx', 'text_model.onnx', /vision_model\.onnx must take pixel_values; it takes input_ids/],
  ])('refuses a wrong graph at %s', async (path, other, message) => {
    const context = await referenceContext('clip', host)
    const files = new Map(context.files).set(path, context.files.get(`onnx/${other}`) ?? '')
    await expect(similarity.load({ ...context, files })).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message),
    })
  })

  it('names the output that a tower lacks', async () => {
    const context = await referenceContext('clip', host)
    const files = new Map(context.files).set(
      'onnx/vision_model.onnx',
      referenceFiles('siglip').get('onnx/vision_model.onnx') ?? '',
    )
    await expect(similarity.load({ ...context, files })).rejects.toThrow(
      /vision_model\.onnx must give image_embeds; it gives last_hidden_state, pooler_output/,
    )
    files.delete('onnx/vision_model.onnx')
    await expect(similarity.load({ ...context, files })).rejects.toThrow(/needs the file onnx\/vision_model\.onnx/)
  })
})

describe('the configuration of an image-text model', () => {
  async function read(config: unknown, options = {}) {
    const path = join(await mkdtemp(join(tmpdir(), 'fld-image-text-')), 'config.json')
    await writeFile(path, JSON.stringify(config))
    return readImageTextModel(new Map([['config.json', path]]), options)
  }

  it('has the defaults of its family where it is silent, as repositories are', async () => {
    const scaled = { logit_scale: 100, logit_bias: -10 }
    expect(await read({ model_type: 'clip' })).toMatchObject({ textLength: 77, padsTexts: false })
    expect(await read({ model_type: 'siglip', text_config: { vocab_size: 256000 } }, scaled)).toMatchObject({
      textLength: 64,
      padsTexts: true,
      lowerCase: true,
    })
    expect(await read({ model_type: 'siglip2', text_config: { max_position_embeddings: 32 } }, scaled)).toMatchObject({
      textLength: 32,
    })
  })

  it('scores a cosine as its family does', async () => {
    const clip = await read({ model_type: 'clip' })
    expect([clip.score(-0.2), clip.score(0.3)]).toEqual([0, 0.3])
    const siglip = await read({ model_type: 'siglip' }, { logit_scale: 100, logit_bias: -10 })
    expect(siglip.score(0.1)).toBeCloseTo(0.5, 12)
    expect(siglip.score(0.15)).toBeCloseTo(1 / (1 + Math.exp(-5)), 12)
    expect(siglip.score(-1)).toBeGreaterThanOrEqual(0)
  })

  it('says which models there are', async () => {
    await expect(read({ model_type: 'blip' })).rejects.toMatchObject({
      code: 'model_invalid',
      message: 'config.json names the model_type blip; similarity knows clip, siglip and siglip2',
    })
    await expect(read({})).rejects.toMatchObject({
      message: expect.stringMatching(/no image-text model: .*model_type/s),
    })
  })
})
