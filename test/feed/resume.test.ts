import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { xoshiro128StarStar } from '../../src/feed/order/keyed-random.js'
import { type FldProcess, startFld } from '../cli/fld-process.js'
import { type FedStore, openFedStore } from './fed-store.js'
import { readRecords } from './feed-reader.js'

const epochs = 3
const root = fileURLToPath(new URL('../..', import.meta.url))
const consumer = fileURLToPath(new URL('consuming-process.ts', import.meta.url))
let fed: FedStore
let server: FldProcess
let url: string
/** What somebody gets who is never interrupted: each sample's id and the bytes of its image. */
const whole: [string, number][] = []

async function startServer(port: number): Promise<void> {
  const flags = ['--out', fed.out, '--port', String(port), '--window', '2']
  server = startFld(['feed', 'serve', fed.run, ...flags])
  url = /http:\S+(?=;)/.exec(await server.line(/^serving /))?.[0] ?? ''
}

async function killServer(): Promise<void> {
  server.child.kill('SIGKILL')
  await server.ended
}

beforeAll(async () => {
  // An epoch is more than the sockets between server and client hold.
  fed = await openFedStore({ images: 12, shardSize: 2, width: 3_000 })
  await startServer(0)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const { end, sample_id, image } of readRecords(url, `epoch=${epoch}`)) {
      if (end !== true) whole.push([sample_id ?? '', image.byteLength])
    }
  }
  expect(whole.length).toBeGreaterThan(12 * epochs)
}, 120_000)
afterAll(async () => {
  await killServer()
  await fed.remove()
})

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0
if (!python) process.stderr.write('SKIPPED: the Python client: there is no python3 (3.9 or later)\n')

/** -S: packages that are installed beside it cannot be imported. */
function startPython(state: string): string[] {
  return ['python3', '-S', 'test/feed/consume_feed.py', 'src/feed/client', url, state, String(epochs)]
}

const consumers = [
  {
    name: 'a client in TypeScript',
    here: true,
    start: (state: string) => ['node', '--import', 'tsx', consumer, url, state, String(epochs)],
  },
  {
    name: 'the Python client, with the standard library alone',
    here: python,
    start: startPython,
  },
]

/** Runs a consumer to its end, whatever that is; how many samples it told of. At the line `lines` something happens to it. */
async function consume(
  [command = '', ...args]: readonly string[],
  lines: number,
  atLine: (child: ChildProcess) => unknown,
): Promise<number> {
  const child: ChildProcess = spawn(command, args, { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  if (child.stdin === null || child.stdout === null) throw new Error('no pipes')
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close')
  let told = 0
  for await (const _ of createInterface({ input: child.stdout })) {
    told += 1
    if (told === lines) await atLine(child)
    if (told % 8 === 0) child.stdin.write('\n')
  }
  const [code, signal] = await ended
  if (signal !== 'SIGKILL') expect(code).toBe(0)
  return told
}

/** What a consumer has kept. */
async function keptIn(state: string): Promise<{ taken: unknown[]; connections?: number }> {
  return JSON.parse(await readFile(state, 'utf8').catch(() => '{"taken":[]}'))
}

describe.each(consumers)('$name', ({ name, here, start }) => {
  test.skipIf(!here).each([1, 2])(
    'that is killed again and again goes on without a sample twice or missing, in the same order (seed %i)',
    { timeout: 180_000 },
    async (seed) => {
      const random = xoshiro128StarStar([seed, 0, 0, 1])
      const state = join(fed.folder, `killed-${name.length}-${seed}.json`)
      let kills = 0
      for (;;) {
        const lines = 4 + (random() % 50)
        const told = await consume(start(state), lines, (child) => child.kill('SIGKILL'))
        if (told < lines) break
        kills += 1
        const { taken: before } = await keptIn(state)
        expect(before).toEqual(whole.slice(0, before.length))
      }
      expect(kills).toBeGreaterThan(2)
      expect((await keptIn(state)).taken).toEqual(whole)
    },
  )
})

test.skipIf(!python)(
  'the Python client bridges a server that is killed in the middle and started again',
  { timeout: 180_000 },
  async () => {
    const state = join(fed.folder, 'server.json')
    const port = Number(new URL(url).port)
    await consume(startPython(state), 8, async () => {
      await killServer()
      await startServer(port)
    })
    const { taken, connections } = await keptIn(state)
    expect(taken).toEqual(whole)
    // One for each epoch, and at least one more for what was cut off.
    expect(connections).toBeGreaterThan(epochs)
  },
)
