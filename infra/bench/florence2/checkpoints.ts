import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Where what is not given is looked for, and where it is built. */
export interface Building {
  /** A program that builds checkpoints of random weights. */
  readonly exporter: string
  /** A folder with tokenizer.json and what goes with it. */
  readonly tokenizer: string
  readonly python: string
  /** Kept between runs. */
  readonly cache: string
}

const needs = ['torch', 'transformers', 'onnx', 'onnxruntime']

/**
 * The folder of a checkpoint of random weights, built where it is not there yet; null, and said on standard error, where
 * something is missing for that.
 */
export async function randomCheckpoint(size: 'tiny' | 'base', building: Building): Promise<string | null> {
  const folder = join(building.cache, `florence2-${size}-seed1`)
  if (existsSync(join(folder, 'onnx/decoder_model_merged.onnx'))) return folder
  const missing = await whatIsMissing(building)
  if (missing.length > 0) {
    process.stderr.write(`SKIPPED: ${size}: give --${size} DIR, or bring what builds it: ${missing.join('; ')}\n`)
    return null
  }
  process.stderr.write(`building ${folder} (${size === 'base' ? 'minutes, 1 GB' : 'seconds'})\n`)
  await mkdir(dirname(folder), { recursive: true })
  // In a folder of its own until it is whole.
  const unfinished = `${folder}.${process.pid}`
  const args = [
    building.exporter,
    '--size',
    size,
    '--seed',
    '1',
    '--out',
    unfinished,
    '--tokenizer',
    building.tokenizer,
  ]
  const child = spawn(building.python, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = await once(child, 'close')
  if (code === 0) {
    await rename(unfinished, folder)
    return folder
  }
  await rm(unfinished, { recursive: true, force: true })
  process.stderr.write(`SKIPPED: ${size}: ${building.python} ${building.exporter} ended with ${code}\n`)
  return null
}

async function whatIsMissing({ exporter, tokenizer, python }: Building): Promise<string[]> {
  const missing: string[] = []
  if (!existsSync(exporter)) missing.push(`an exporter at ${exporter} (--exporter FILE)`)
  if (!existsSync(join(tokenizer, 'tokenizer.json'))) missing.push(`tokenizer files in ${tokenizer} (--tokenizer DIR)`)
  const modules = await missingModules(python)
  if (modules.length > 0) missing.push(`a Python with ${modules.join(', ')} (FLD_PYTHON; tried ${python})`)
  return missing
}

async function missingModules(python: string): Promise<readonly string[]> {
  const program = `import importlib.util as u; print(*[m for m in ${JSON.stringify(needs)} if u.find_spec(m) is None])`
  const found = await promisify(execFile)(python, ['-c', program]).catch(() => null)
  return found === null ? needs : found.stdout.trim().split(' ').filter(Boolean)
}
