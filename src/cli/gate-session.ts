import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { type GateRecord, gateRulesSchema } from '../../schemas/gate.js'
import type { heldOutSplits } from '../../schemas/image.js'
import type { AnnotatorSurroundings } from '../annotate/load-annotator.js'
import { imagesMeasured, judgeGate, measureCheckpoint, readCheckpoint, writeGateRecord } from '../rounds/index.js'
import { readCocoTruth } from '../run/coco-truth.js'
import { heldOutImages } from '../run/held-out-images.js'
import { lastSnapshot } from '../run/round-plan.js'
import { readPlan } from '../run/run-ledger.js'
import type { ObjectStore } from '../storage/object-store.js'
import { annotatorSurroundings } from './annotator-surroundings.js'
import type { AskedVersion } from './checkpoint-arguments.js'
import { absoluteLocation, type Environment, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { gateAnswers } from './gate-answers.js'
import { gateText } from './gate-text.js'
import { listenForInterrupt } from './interrupt.js'
import { settingsBy } from './setting.js'
import type { WorkerFlags } from './worker-flags.js'

/** The options of `fld checkpoint gate`. */
export interface GateFlags extends WorkerFlags {
  readonly run: string
  readonly against?: number
  readonly limit: number
  readonly splits: readonly (typeof heldOutSplits)[number][]
  readonly truth?: string
  readonly set: readonly string[]
  readonly out?: string
  readonly json?: boolean
}

/** Holds a version against the current one and keeps what was found. Returns the exit code. */
export async function gateSession({ name, version }: AskedVersion, flags: GateFlags): Promise<number> {
  if (version === null) throw new FldError('config_invalid', `which version of "${name}"? Write ${name}@2`)
  const settings = settingsBy(settingsSchema, flags.set)
  const environment = readEnvironment()
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; nothing is kept\n'))
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  const surroundings = await annotatorSurroundings(environment, flags)
  const signal = interrupt.soon
  try {
    const against = flags.against ?? (await readCheckpoint(store, name, 'current', { signal })).version
    if (against === version) throw new FldError('config_invalid', `${name}@${version} is what it would be held against`)
    const context = { store, environment, surroundings, flags, settings, signal }
    const record = await gate(context, { name, version, against })
    const key = await writeGateRecord(store, record, { signal })
    process.stdout.write(`${flags.json ? JSON.stringify(record) : gateText(record, key)}\n`)
    return record.passed ? exitCodes.ok : exitCodes.failed
  } finally {
    await surroundings.sessions.close()
    interrupt.release()
    await store.close()
  }
}

const settingsSchema = z.strictObject({
  gate: gateRulesSchema.prefault({}),
  decoding: z.record(z.string(), z.unknown()).default({}),
})

interface GateContext {
  readonly store: ObjectStore
  readonly environment: Environment
  readonly surroundings: AnnotatorSurroundings
  readonly flags: GateFlags
  readonly settings: z.output<typeof settingsSchema>
  readonly signal: AbortSignal
}

async function gate(
  context: GateContext,
  asked: { name: string; version: number; against: number },
): Promise<GateRecord> {
  const { store, flags, settings, signal } = context
  const plan = await readPlan(store, flags.run, { signal })
  const { manifest } = await lastSnapshot(store, flags.run, { signal })
  const { splits, limit, truth: path } = flags
  const truth = path === undefined ? null : { path, coco: await readCocoTruth(path, { signal }) }
  const { images, basis } = await heldOutImages(store, { plan, manifest, splits, limit, truth }, { signal })
  const known = images.map((image) => image.truth)
  const { name } = asked
  const measure = async (version: number) =>
    measureCheckpoint(known, await gateAnswers({ ...context, images, name, version, decoding: settings.decoding }))
  const measured = { version: await measure(asked.version), against: await measure(asked.against) }
  const measured_on = imagesMeasured(known)
  const reasons = judgeGate({ ...measured, measured_on }, settings.gate)
  return {
    ...asked,
    ...{ run: flags.run, round: manifest.round, splits: [...splits], images: images.length },
    ...{ limit, decoding: settings.decoding, truth: path ?? null, measured_on, basis, measured },
    ...{ rules: settings.gate, passed: reasons.length === 0, reasons },
    gated_at: new Date().toISOString(),
  }
}
