import { randomBytes } from 'node:crypto'
import { FldError } from '../../schemas/errors.js'
import type { RunPlan } from '../../schemas/run.js'
import { readImageSet } from '../dataset/image-set.js'
import { queueNames } from '../queue/job-queues.js'
import { failureItems } from '../run/failure-items.js'
import { retryRound } from '../run/retry-round.js'
import { isAsked, type RetryFilter, shardsToRetry } from '../run/retry-selection.js'
import { namedRound, readPlanOfRound } from '../run/round-plan.js'
import { unpause } from '../run/run-control.js'
import { planNow } from '../run/shard-checkpoints.js'
import type { ObjectStore } from '../storage/object-store.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { pullModels } from './pull-view.js'
import { attendRound, checkWorkers } from './queued-round.js'
import { say } from './session-end.js'
import type { QueueFlags } from './worker-flags.js'

/** The options of `fld retry`. */
export interface RetryFlags extends QueueFlags {
  readonly out?: string
  readonly round?: number
  readonly all?: boolean
  readonly cause: readonly string[]
  readonly shard: readonly string[]
  readonly image: readonly string[]
}

/** Does again what failed. Returns the exit code. */
export async function retrySession(run: string, flags: RetryFlags): Promise<number> {
  const filter = { causes: flags.cause, shards: flags.shard, images: flags.image }
  const named = Object.values(filter).some((values) => values.length > 0)
  if (named === (flags.all === true))
    throw new FldError('config_invalid', 'name either --all or some of --cause, --shard and --image')
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  checkWorkers(flags, environment)
  const store = await environment.openStore(out)
  try {
    const round = await namedRound(store, { run, round: flags.round })
    const plan = await readPlanOfRound(store, { run, round })
    if (plan.replay_of !== null) throw replayed(plan)
    const asked = await countAsked(store, { plan, round }, filter)
    if (asked === 0) return nothingToDo(run, out, filter)
    await unpause(store, run)
    const id = `${new Date().toISOString().replace(/\D/g, '').slice(0, 14)}-${randomBytes(3).toString('hex')}`
    say(`run ${run}: ${asked} failures are done again (retry ${id})`)
    await pullModels(await planNow(store, plan), environment)
    const set = await readImageSet(store, plan.set)
    return await attendRound({
      ...{ store, plan, round, out, environment, flags },
      annotators: plan.annotators,
      queues: queueNames,
      drive: ({ log, ...parts }) =>
        retryRound({
          ...{ store, out, plan, round, id, set, ...parts },
          shards: shardsToRetry(failureItems(store, { plan, round }, parts), { plan, filter }),
          onFailure: (shard, reason) => log(`shard ${shard} failed: ${reason}`),
        }),
    })
  } finally {
    await store.close()
  }
}

async function countAsked(
  store: ObjectStore,
  { plan, round }: { plan: RunPlan; round: number },
  filter: RetryFilter,
): Promise<number> {
  let asked = 0
  for await (const item of failureItems(store, { plan, round })) if (isAsked(item, filter)) asked += 1
  return asked
}

function nothingToDo(run: string, out: string, { causes, shards, images }: RetryFilter): number {
  const named = [...causes, ...shards, ...images]
  if (named.length > 0) {
    const message = `run "${run}" has no failure of ${named.join(', ')} that trying again may mend; fld failures ${run} --out ${out} lists them`
    throw new FldError('config_invalid', message)
  }
  say(`run ${run}: nothing failed that trying again may mend`)
  return exitCodes.ok
}

function replayed({ run, replay_of }: RunPlan): FldError {
  const message = `run "${run}" is a replay: retry what failed in ${replay_of?.run}, and replay that again`
  return new FldError('config_invalid', message)
}
