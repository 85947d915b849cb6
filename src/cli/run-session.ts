import { describeSet } from '../ingest/describe-set.js'
import { queueNames } from '../queue/job-queues.js'
import { unpause } from '../run/run-control.js'
import { beginRun } from '../run/run-ledger.js'
import { planNow } from '../run/shard-checkpoints.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { packing } from './packing.js'
import { prepareRun } from './prepare-run.js'
import { pullModels } from './pull-view.js'
import { attendRound, checkWorkers, overShards } from './queued-round.js'
import { say } from './session-end.js'
import { startDetached } from './start-detached.js'
import type { QueueFlags } from './worker-flags.js'

/** The options of `fld run`. */
export interface RunFlags extends QueueFlags {
  readonly images: string
  readonly out?: string
  readonly set: readonly string[]
  readonly runId?: string
  readonly imageFolder?: string
  readonly allowHosts: readonly string[]
  readonly allowPrivateAddresses?: boolean
  readonly calibration?: string
  readonly detach?: boolean
}

/** Round 0: the specialists. */
const round = 0

/** Runs a pipeline from the command line, from planning to the closing summary. Returns the exit code. */
export async function runSession(pipeline: string, flags: RunFlags): Promise<number> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  checkWorkers(flags, environment)
  const prepared = await prepareRun({ pipeline, out, environment, ...flags })
  const { store } = prepared
  try {
    const plan = await beginRun(store, prepared.plan)
    await unpause(store, plan.run)
    say(`run ${plan.run}: ${plan.annotators.length} annotators over ${plan.source} -> ${out}`)
    for (const note of prepared.notes) say(note)
    for (const [name, why] of Object.entries(plan.left_out)) say(`optional annotator "${name}" is left out: ${why}`)
    await pullModels(await planNow(store, plan), environment)
    if (flags.detach) return await startDetached({ run: plan.run, out, logs: (await environment.pullOptions()).cache })
    return await attendRound({
      ...{ store, plan, round, out, environment, flags },
      annotators: plan.annotators,
      queues: queueNames,
      drive: overShards(
        { store, plan, round, out },
        { shards: packing(store, prepared.ingest), describe: describeSet },
      ),
    })
  } finally {
    await prepared.close()
  }
}
