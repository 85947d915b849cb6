import { spawnSync } from 'node:child_process'
import { availableParallelism, freemem, totalmem } from 'node:os'
import { Command } from 'commander'
import pc from 'picocolors'
import { errorMessage } from '../../schemas/errors.js'
import { listPacks, loadPack } from '../models/packs/pack-file.js'
import { verifyEntry } from '../models/packs/pull.js'
import { checkRedis } from '../queue/check-redis.js'
import { startEmbeddedRedis } from '../queue/embedded-redis.js'
import { checkStore } from '../storage/check-store.js'
import { absoluteLocation, type Environment, environmentHelp, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { byteSize } from './format-text.js'

/** One thing that was looked at. */
interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly detail: string
  /** What to do; null when nothing. */
  readonly fix: string | null
}

const examples = `
Examples:
  fld doctor
  fld doctor --out s3://datasets/mine
  REDIS_URL=redis://queue:6379 fld doctor --json

Exit code 1 when something is wrong that a run needs.
${environmentHelp}`

/** `fld doctor`. */
export function command(): Command {
  return new Command('doctor')
    .description('Checks Node, Redis, the object store, the models and threads; says what is wrong and what to do.')
    .option('--out <store>', 'store to check (default: FLD_OUT or ./fld-data)')
    .option('--json', 'as JSON')
    .addHelpText('after', examples)
    .action(examine)
}

async function examine(flags: { out?: string; json?: boolean }): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const findings = [
    nodeFinding(),
    threadsFinding(),
    ...(await guarded('onnxruntime', 'install onnxruntime-node again on this machine', inferenceFindings)),
    ...(await guarded('redis', 'install redis-server, or correct REDIS_URL', () => redisFindings(environment))),
    ...(await guarded(`store ${out}`, 'correct --out or its credentials', () => storeFindings(environment, out))),
    ...(await guarded('models', 'correct FLD_MODELS or FLD_CACHE', () => modelFindings(environment))),
  ]
  if (flags.json) process.stdout.write(`${JSON.stringify(findings, null, 1)}\n`)
  else process.stdout.write(`${findings.map(findingText).join('\n')}\n`)
  if (findings.some(({ ok }) => !ok)) process.exitCode = exitCodes.failed
}

function findingText({ check, ok, detail, fix }: Finding): string {
  const mark = ok ? pc.green('ok  ') : pc.red('FAIL')
  return `${mark} ${check}: ${detail}${fix === null ? '' : `\n     ${ok ? 'note' : 'to do'}: ${fix}`}`
}

function nodeFinding(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  const ok = major >= 20
  return { check: 'node', ok, detail: process.versions.node, fix: ok ? null : 'install Node 20 or later' }
}

function threadsFinding(): Finding {
  const memory = `${byteSize(freemem())} of ${byteSize(totalmem())} memory free`
  return { check: 'machine', ok: true, detail: `${availableParallelism()} cores, ${memory}`, fix: null }
}

async function inferenceFindings(): Promise<Finding[]> {
  // Loading it loads the native library.
  const { listSupportedBackends } = await import('onnxruntime-node')
  const backends = listSupportedBackends().map(({ name }) => name)
  return [{ check: 'onnxruntime', ok: true, detail: `compiled for: ${backends.join(', ')}`, fix: null }]
}

async function redisFindings({ redisUrl }: Environment): Promise<Finding[]> {
  if (redisUrl !== null) return checkRedis(redisUrl)
  const found = spawnSync('redis-server', ['--version'], { encoding: 'utf8' })
  if (found.error) throw found.error
  const redis = await startEmbeddedRedis()
  try {
    const findings = await checkRedis(redis.url)
    return findings.map((finding) => ({ ...finding, check: `embedded ${finding.check}` }))
  } finally {
    await redis.stop()
  }
}

async function storeFindings(environment: Environment, out: string): Promise<Finding[]> {
  const store = await environment.openStore(out)
  try {
    const checks = await checkStore(store)
    return checks.map(({ check, ok, detail, fix }) => ({
      check: `store: ${check}`,
      ok,
      detail,
      fix: fix === '' ? null : fix,
    }))
  } finally {
    await store.close()
  }
}

async function modelFindings(environment: Environment): Promise<Finding[]> {
  const options = await environment.pullOptions()
  const findings: Finding[] = []
  for (const name of await listPacks()) {
    const pack = await loadPack(name)
    const files = (await Promise.all(pack.entries.map((entry) => verifyEntry(entry, options)))).flat()
    const missing = files.filter(({ state }) => state === 'missing').length
    const corrupt = files.filter(({ state }) => state === 'corrupt')
    findings.push({
      check: `models: ${name}`,
      // Missing models are pulled by the run that needs them.
      ok: corrupt.length === 0,
      detail: `${files.length - missing - corrupt.length} of ${files.length} files in ${options.cache}`,
      fix: missing + corrupt.length === 0 ? null : `fld models pull ${name}`,
    })
  }
  return findings
}

async function guarded(check: string, fix: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look()
  } catch (error) {
    return [{ check, ok: false, detail: errorMessage(error), fix }]
  }
}
