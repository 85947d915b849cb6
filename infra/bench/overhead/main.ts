/**
 * What the engine costs over a bare loop: `fld run` as a whole process (packing, Redis, workers, consensus, Parquet,
 * commits) against the same models in a loop of one process, loading apart, on the same threads; in turn, pair by pair.
 *
 *   npm run bench:overhead -- --images <folder> [--pipeline infra/bench/overhead/detectors.yaml] [--threads 2] [--sessions 1]
 *     [--session-threads 2] [--pairs 2] [--out s3://...]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'

const { values } = parseArgs({
  options: {
    images: { type: 'string' },
    pipeline: { type: 'string', default: 'infra/bench/overhead/detectors.yaml' },
    threads: { type: 'string', default: String(availableParallelism()) },
    sessions: { type: 'string', default: '1' },
    'session-threads': { type: 'string' },
    'shard-size': { type: 'string', default: '32' },
    pairs: { type: 'string', default: '2' },
    out: { type: 'string' },
  },
})
if (values.images === undefined) {
  process.stderr.write('give --images <folder>\n')
  process.exit(2)
}
const { images, pipeline, threads, sessions } = values
const loopResult = z.object({ images: z.number(), observations: z.number(), seconds: z.number() })

function run(command: string, args: readonly string[]): { seconds: number; output: string } {
  const started = performance.now()
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
  return { seconds: (performance.now() - started) / 1000, output: stdout }
}

function engine(pair: number): number {
  const scratch = mkdtempSync(join(tmpdir(), 'fld-overhead-'))
  const out = values.out === undefined ? scratch : `${values.out}/pair-${pair}-${Date.now()}`
  const settings = ['--set', `shard_size=${values['shard-size']}`, '--json']
  const flags = ['--threads', values['session-threads'] ?? threads, '--sessions', sessions]
  try {
    const args = ['dist/src/cli/main.js', 'run', pipeline, '--images', String(images), '--out', out]
    return run(process.execPath, [...args, ...settings, ...flags]).seconds
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

function bareLoop(): z.infer<typeof loopResult> {
  const script = 'infra/bench/overhead/bare-loop.ts'
  const { output } = run(process.execPath, ['--import', 'tsx', script, pipeline, String(images), threads])
  return loopResult.parse(JSON.parse(output))
}

process.stdout.write(
  `${pipeline}, ${threads} threads, engine ${sessions} sessions x ${values['session-threads'] ?? threads} threads, ${values.out ?? 'folder'}\n`,
)
process.stdout.write('pair  engine s  loop s  ratio  images/s (engine)\n')
for (let pair = 1; pair <= Number(values.pairs); pair += 1) {
  const seconds = engine(pair)
  const loop = bareLoop()
  const ratio = seconds / loop.seconds
  const cells = [String(pair).padStart(4), seconds.toFixed(1).padStart(9), loop.seconds.toFixed(1).padStart(7)]
  process.stdout.write(
    `${cells.join(' ')} ${ratio.toFixed(3).padStart(6)} ${(loop.images / seconds).toFixed(1).padStart(18)}\n`,
  )
}
