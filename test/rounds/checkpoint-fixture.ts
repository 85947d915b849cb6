import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { CheckpointAddition } from '../../src/rounds/index.js'
import { noise } from '../models/packs/pack-fixtures.js'

/** Contents by path. */
export type Contents = Readonly<Record<string, Uint8Array>>

const graphs = ['vision_encoder', 'embed_tokens', 'encoder_model', 'decoder_model_merged']

/** Files in the layout of a Florence-2 checkpoint; what is in the graphs nobody can compute, but it differs by seed. */
export function florence2Contents(seed: number, suffix = ''): Contents {
  const json = (value: object) => Buffer.from(JSON.stringify(value))
  return {
    'config.json': json({ model_type: 'florence2' }),
    'generation_config.json': json({ num_beams: 3 }),
    'preprocessor_config.json': json({ size: { height: 192, width: 192 } }),
    'tokenizer.json': json({ model: { type: 'BPE' } }),
    'tokenizer_config.json': json({}),
    ...Object.fromEntries(
      graphs.map((graph, index) => [`onnx/${graph}${suffix}.onnx`, noise(40_000 + index, 10 * seed + index)]),
    ),
  }
}

/** Files in a folder of their own. */
export interface WrittenFiles {
  readonly folder: string
  readonly files: ReadonlyMap<string, string>
  remove(): Promise<void>
}

export async function writeContents(contents: Contents): Promise<WrittenFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'fld-checkpoint-'))
  for (const [path, bytes] of Object.entries(contents)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
  const files = new Map(Object.keys(contents).map((path) => [path, join(folder, path)]))
  return { folder, files, remove: () => rm(folder, { recursive: true }) }
}

/** An addition of these files to `base`. */
export function additionOf(written: WrittenFiles, changes: Partial<CheckpointAddition> = {}): CheckpointAddition {
  return { name: 'base', files: written.files, source: 'a test', fromSnapshot: null, licence: 'MIT', ...changes }
}
