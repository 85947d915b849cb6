import { z } from 'zod'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import { type GateMeasures, type GateRecord, gateRulesSchema } from '../../schemas/gate.js'
import type { Split } from '../../schemas/image.js'
import { packEntrySchema } from '../../schemas/pack.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { annotateImages } from '../annotate/annotate-images.js'
import type { AnnotatorInput } from '../annotate/contract.js'
import { type AnnotatorSurroundings, loadAnnotator } from '../annotate/load-annotator.js'
import { pullEntry } from '../models/packs/pull.js'
import { decodeImage } from '../models/pixels/decode-image.js'
import {
  type CheckpointAnswers,
  judgeGate,
  measureCheckpoint,
  readCheckpoint,
  writeGateRecord,
} from '../rounds/index.js'
import { heldOutImages, type ImageToGate } from '../run/held-out-images.js'
import { lastSnapshot } from '../run/round-plan.js'
import { readPlan } from '../run/run-ledger.js'
import { checkpointEntry } from '../run/shard-checkpoints.js'
import type { ObjectStore } from '../storage/object-store.js'
import { annotatorSurroundings } from './annotator-surroundings.js'
import type { AskedVersion } from './checkpoint-arguments.js'
import { absoluteLocation, type Environment, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { columns } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { progressLine } from './progress-line.js'
import { settingsBy } from './setting.js'
import type { WorkerFlags } from './worker-flags.js'

/** The options of `fld checkpoint gate`. */
export interface GateFlags extends WorkerFlags {
  readonly run: string
  readonly against?: number
  readonly limit: number
  readonly splits: readonly Split[]
  readonly set: readonly string[]
  readonly out?: string
  readonly json?: boolean
}

/** Holds a version against the current one and keeps what was found. Returns the exit code. */
export async function gateSession({ name, version }: AskedVersion, flags: GateFlags): Promise<number> {
  if (version === null) throw new FldError('config_invalid', `which version of "${name}"? Write ${name}@2`)
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; nothing is kept\n'))
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  const surroundings = await annotatorSurroundings(environment, flags)
  try {
    const context = { store, environment, surroundings, flags, signal: interrupt.soon }
    const against = flags.against ?? (await readCheckpoint(store, name, 'current', {})).version
    if (against === version) throw new FldError('config_invalid', `${name}@${version} is what it would be held against`)
    const record = await gate(context, { name, version, against })
    const key = await writeGateRecord(store, record, { signal: interrupt.soon })
    process.stdout.write(`${flags.json ? JSON.stringify(record) : recordText(record, key)}\n`)
    return record.passed ? exitCodes.ok : exitCodes.failed
  } finally {
    await surroundings.sessions.close()
    interrupt.release()
    await store.close()
  }
}

interface GateContext {
  readonly store: ObjectStore
  readonly environment: Environment
  readonly surroundings: AnnotatorSurroundings
  readonly flags: GateFlags
  readonly signal: AbortSignal
}

async function gate(
  context: GateContext,
  asked: { name: string; version: number; against: number },
): Promise<GateRecord> {
  const { store, flags, signal } = context
  const { gate: rules, decoding } = settingsBy(settingsSchema, flags.set)
  const plan = await readPlan(store, flags.run, { signal })
  const { manifest } = await lastSnapshot(store, flags.run, { signal })
  const { splits, limit } = flags
  const { images, basis } = await heldOutImages(store, { plan, manifest, splits, limit }, { signal })
  const measure = async (version: number) =>
    measureCheckpoint(
      images.map(({ truth }) => truth),
      await answersOf(context, { images, name: asked.name, version, decoding }),
    )
  const measured = { version: await measure(asked.version), against: await measure(asked.against) }
  const reasons = judgeGate(measured, { rules, images: images.length })
  return {
    ...asked,
    ...{ run: flags.run, round: manifest.round, splits: [...splits], images: images.length },
    ...{ basis, measured, rules, passed: reasons.length === 0, reasons },
    gated_at: new Date().toISOString(),
  }
}

const settingsSchema = z.strictObject({
  gate: gateRulesSchema.prefault({}),
  decoding: z.record(z.string(), z.unknown()).default({}),
})

interface ToAnswer {
  readonly images: readonly ImageToGate[]
  readonly name: string
  readonly version: number
  readonly decoding: Readonly<Record<string, unknown>>
}

/** What a version says of the images, and where it puts the phrases of the texts that it is shown. */
async function answersOf(
  context: GateContext,
  { images, name, version, decoding }: ToAnswer,
): Promise<ReadonlyMap<string, CheckpointAnswers>> {
  const { store, environment, surroundings, signal } = context
  const locked = checkpointEntry(store, await readCheckpoint(store, name, version, { signal }))
  const files = await pullEntry(locked, { ...(await environment.pullOptions()), signal })
  const answers = new Map<string, CheckpointAnswers>()
  const asked = [
    { annotator: 'florence2', tasks: ['CAPTION', 'OD'] },
    { annotator: 'florence2Texts', tasks: ['CAPTION_TO_PHRASE_GROUNDING'] },
  ]
  for (const { annotator, tasks } of asked) {
    const entry = packEntrySchema.parse({ ...locked, annotator, options: { ...decoding, tasks } })
    const loaded = await loadAnnotator({ entry, registry: annotatorRegistry, files, ...surroundings })
    const label = `${checkpointLabel(name, version)}, ${tasks.join(' and ')}`
    const report = progressLine((done: number) => `${label}: ${done} of ${images.length} images`)
    try {
      const inputs = images.map(inputOf)
      const observed = await annotateImages(inputs, { annotator: loaded, batchSize: 8, signal, onProgress: report })
      for (const { image_id, observations, failure } of observed) {
        const before = answers.get(image_id)
        answers.set(image_id, {
          observations: [...(before?.observations ?? []), ...observations],
          failure: before?.failure ?? failure,
        })
      }
    } finally {
      await loaded.dispose()
    }
  }
  return answers
}

function inputOf({ record, shown, encoded }: ImageToGate): AnnotatorInput {
  const { image_id, width, height } = record
  return { image_id, width, height, pixels: async () => decodeImage(await encoded()), ...shown }
}

function recordText(
  { name, version, against, measured, basis, images, passed, reasons }: GateRecord,
  key: string,
): string {
  const figure = (value: number | null) => (value === null ? '-' : value.toFixed(4))
  const row = (what: string, of: keyof GateMeasures, from: string) => [
    ...[what, figure(measured.version[of]), figure(measured.against[of]), from],
  ]
  const table = columns([
    ['', checkpointLabel(name, version), checkpointLabel(name, against), 'held against'],
    row('AP of objects', 'objects', basis.objects),
    row('CIDEr-D of brief captions', 'captions', basis.captions),
    row('phrases grounded', 'phrases', 'agreement'),
    ['images failed', String(measured.version.failed), String(measured.against.failed), ''],
  ])
  const verdict = passed ? `passes: fld checkpoint promote ${name}@${version}` : `does not pass: ${reasons.join('; ')}`
  return `${table}\n${images} held-out images; ${checkpointLabel(name, version)} ${verdict}\nkept: ${key}`
}
