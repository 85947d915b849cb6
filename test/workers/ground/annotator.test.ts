import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Box } from '../../../schemas/geometry.js'
import type { GroundedPhraseObservation, ObjectObservation, Observation } from '../../../schemas/observation.js'
import type { Annotator, AnnotatorInput } from '../../../src/annotate/contract.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { ground } from '../../../workers/ground/index.js'
import type { GroundOptions } from '../../../workers/ground/options.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'
import { describeWithReference } from '../../reference-data.js'
import {
  type GoldenGrounding,
  type GroundingPack,
  goldenRaster,
  packFiles,
  readGrounding,
  textWith,
} from './reference-grounding.js'

const needs = ['golden/specialists/grounding-dino', 'golden/specialists/owlv2', 'golden/specialists/images']
/** Nothing filtered, nothing suppressed. */
const everything = { box_threshold: 0, text_threshold: 0, nms_iou: null, max_per_text: 1000 }

describeWithReference('ground, from photographs to observations', needs, () => {
  let sessions: SessionHost
  beforeAll(() => {
    sessions = createSessionHost({ threads: 1, sessions: 2 })
  })
  afterAll(() => sessions.close())

  it('Grounding DINO: the boxes and scores of the reference, and the words that its labels are made of', async () => {
    for (const image of await readGrounding('grounding-dino')) {
      const { threshold: box_threshold, text_threshold, text } = image
      const options = { model: 'grounding-dino', box_threshold, text_threshold, nms_iou: null, phrases: 'words' }
      const [observed = []] = await annotate('grounding-dino', options, [await inputOf(image, text)])
      const named = image.detections.filter(({ label }) => /[a-z]/.test(label.replace('[SEP]', '')))
      expect(observed).toHaveLength(named.length)
      for (const observation of phrases(observed)) {
        const wanted = nearest(observation.box, image)
        expect(Math.abs(observation.box_score - wanted.score)).toBeLessThanOrEqual(1e-4)
        const phrase = text.slice(observation.start, observation.end)
        // Where the label's words follow each other in the text they are the phrase; else a part of them.
        const label = wanted.label.replace(/^[.? ]+|[.?]$/g, '')
        if (text.includes(label)) expect(phrase).toBe(label)
        // Pieces of a word name the whole of it.
        else expect(label.replaceAll(/conrol?|onro/g, ' control').replace('  ', ' ')).toContain(phrase)
      }
    }
  })

  it('OWLv2: the detections of the reference, their boxes clipped', async () => {
    for (const image of await readGrounding('owlv2')) {
      const { queries, threshold: score_min } = image
      const options = { model: 'owlv2', queries, score_min, nms_iou: null, queries_per_run: 2 }
      const [observed = []] = await annotate('owlv2', options, [await inputOf(image)])
      const inside = image.detections.filter(({ box: [x1, y1] }) => x1 < image.width && y1 < image.height)
      expect(observed).toHaveLength(inside.length)
      for (const observation of observed.filter((each): each is ObjectObservation => each.kind === 'object')) {
        const wanted = nearest(observation.box, image)
        expect(observation.label).toBe(wanted.label)
        expect(Math.abs(observation.score - wanted.score)).toBeLessThanOrEqual(1e-4)
      }
    }
  })

  it('gives each of several texts its phrases, the same as alone', async () => {
    const texts = ['A man riding a horse.', '🐕 Café déjà vu: ein Hündchen, 一只猫!', 'person. dog? tree.']
    const [image] = await readGrounding('grounding-dino')
    if (image === undefined) throw new Error('no images')
    const options = { model: 'grounding-dino', ...everything }
    const [together = []] = await annotate('grounding-dino', options, [await inputOf(image, ...texts)])
    const alone = await annotate(
      'grounding-dino',
      options,
      await Promise.all(texts.map((text) => inputOf(image, text))),
    )
    expect(together).toEqual(alone.flat())
    expect(new Set(phrases(together).map(({ text }) => text))).toEqual(new Set(texts))
    for (const { text, start, end } of phrases(together)) {
      expect(text.slice(start, end)).toMatch(/^[\p{L}\p{N}].*[\p{L}\p{N}\p{M}]$|^[\p{L}\p{N}]$/u)
    }
  })

  it('says the same in batches of any size', async () => {
    const texts = ['a cat. a dog.', 'a red car. a tree.', 'two people, a dog.', 'a cat']
    const images = await Promise.all((await readGrounding('grounding-dino')).map((image) => inputOf(image, ...texts)))
    const one = await annotate('grounding-dino', { model: 'grounding-dino', ...everything }, images)
    const many = await annotate('grounding-dino', { model: 'grounding-dino', ...everything, model_batch: 5 }, images)
    expect(one.flat().length).toBeGreaterThan(100)
    for (const [index, observed] of one.entries()) {
      const other = phrases(many[index] ?? [])
      expect(other).toHaveLength(observed.length)
      for (const [at, { box_score, ...rest }] of phrases(observed).entries()) {
        expect(other[at]).toMatchObject({ text: rest.text, start: rest.start, end: rest.end })
        expect(other[at]?.box_score).toBeCloseTo(box_score, 4)
      }
    }
  })

  it('reads a text of more tokens than fit, to its end', async () => {
    const sentence = 'A man is riding a horse on the beach with two dogs and a red umbrella. '
    const long = `${sentence.repeat(30)}The last one is a zebra.`
    const endless = 'cat '.repeat(700)
    const [image] = await readGrounding('grounding-dino')
    if (image === undefined) throw new Error('no images')
    const options = { model: 'grounding-dino', ...everything }
    const [observed = []] = await annotate('grounding-dino', options, [await inputOf(image, long, endless)])
    const ends = (text: string) =>
      phrases(observed)
        .filter((each) => each.text === text)
        .map(({ end }) => end)
    expect(Math.max(...ends(long))).toBeGreaterThan(long.length - 30)
    expect(Math.max(...ends(endless))).toBeGreaterThan(endless.length - 256 * 4)
  })

  it('has nothing to say about images without texts, and does not decode them', async () => {
    const empty = { ...rasterInput('none', { width: 8, height: 8, data: new Uint8Array(192) }), pixels: notDecoded }
    const wordless = { ...empty, texts: [textWith(''), textWith(' ... '), textWith('12 🐕')] }
    const dino = { model: 'grounding-dino', ...everything }
    expect(await annotate('grounding-dino', dino, [empty, wordless])).toEqual([[], []])
    const unnamed = { ...empty, texts: [textWith('a cat on a chair')] }
    expect(await annotate('owlv2', { model: 'owlv2' }, [empty, unnamed])).toEqual([[], []])
  })

  it('OWLv2 grounds each known phrase at all of its places', async () => {
    const text = textWith('A dog, a tree and a dog', 'A dog', 'a tree')
    const last = { start: 18, end: 23, region_ids: [] }
    const [image] = await readGrounding('owlv2')
    if (image === undefined) throw new Error('no images')
    const input = { ...(await inputOf(image)), texts: [{ ...text, phrases: [...text.phrases, last] }, text] }
    const [observed = []] = await annotate('owlv2', { model: 'owlv2', score_min: 0 }, [input])
    const places = new Map<string, number>()
    for (const each of phrases(observed)) {
      const phrase = each.text.slice(each.start, each.end)
      places.set(phrase, (places.get(phrase) ?? 0) + 1)
    }
    expect(places.get('A dog')).toBeGreaterThan(0)
    expect(places.get('A dog')).toBe(places.get('a dog'))
  })

  it.each([
    [1, 1],
    [1, 600],
    [3000, 7],
    [5, 3000],
  ])('grounds a text in an image of %i x %i', async (width, height) => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, index) => (index * 7919) % 251)
    const image = rasterInput('odd', { width, height, data }, { texts: [textWith('a cat, a dog', 'a cat', 'a dog')] })
    const [dino = []] = await annotate('grounding-dino', { model: 'grounding-dino', ...everything }, [image])
    // OWLv2 may see nothing but the padding that makes the image a square.
    const [owl = []] = await annotate('owlv2', { model: 'owlv2', score_min: 0 }, [image])
    expect(dino.length).toBeGreaterThan(0)
    for (const {
      box: [x1, y1, x2, y2],
    } of phrases([...dino, ...owl])) {
      expect(x1 >= 0 && y1 >= 0 && x2 > x1 && y2 > y1 && x2 <= width && y2 <= height).toBe(true)
    }
  })

  it('refuses files that are not the model', async () => {
    const load = (model: GroundOptions['model'], files: ReadonlyMap<string, string>) =>
      ground.load({ options: ground.options.parse({ model }), files, vocabulary: null, sessions })
    const [dino, owl] = [packFiles('grounding-dino'), packFiles('owlv2')]
    const lacking = new Map([...dino].filter(([path]) => path !== 'config.json'))
    const extra = new Map([...dino, ['onnx/other.onnx', 'other.onnx']])
    const invalid = (message: RegExp) => ({ code: 'model_invalid', message: expect.stringMatching(message) })
    await expect(load('grounding-dino', owl)).rejects.toMatchObject(invalid(/model_type/))
    await expect(load('owlv2', dino)).rejects.toMatchObject(invalid(/model_type/))
    await expect(load('grounding-dino', lacking)).rejects.toMatchObject(invalid(/config\.json/))
    await expect(load('grounding-dino', extra)).rejects.toMatchObject(invalid(/other\.onnx/))
  })

  async function annotate(
    pack: GroundingPack,
    options: Record<string, unknown>,
    images: readonly AnnotatorInput[],
  ): Promise<Observation[][]> {
    const annotator: Annotator = await ground.load({
      ...{ options: ground.options.parse(options), files: packFiles(pack), vocabulary: null, sessions },
    })
    return annotator.annotate(images, { signal: new AbortController().signal })
  }
})

async function inputOf({ image }: GoldenGrounding, ...texts: readonly string[]): Promise<AnnotatorInput> {
  return rasterInput(image, await goldenRaster(image), { texts: texts.map((text) => textWith(text)) })
}

function phrases(observed: readonly Observation[]): GroundedPhraseObservation[] {
  return observed.filter((each): each is GroundedPhraseObservation => each.kind === 'grounded_phrase')
}

function notDecoded(): Promise<never> {
  return Promise.reject(new Error('decoded for nothing'))
}

/** The detection of the reference whose clipped box is the nearest; it has to be near. */
function nearest(box: Box, { detections, width, height }: GoldenGrounding): GoldenGrounding['detections'][number] {
  const clipped = ([x1, y1, x2, y2]: Box): Box => {
    const within = (value: number, most: number): number => Math.min(most, Math.max(0, value))
    return [within(x1, width), within(y1, height), within(x2, width), within(y2, height)]
  }
  const distances = detections.map((each) => {
    const sides = clipped(each.box)
    return { each, far: Math.max(...sides.map((side, at) => Math.abs(side - (box[at] ?? Number.NaN)))) }
  })
  const [best] = distances.sort((a, b) => a.far - b.far)
  expect(best?.far).toBeLessThanOrEqual(0.1)
  return best?.each ?? { label: 'none', score: -1, box }
}
