import { checkpointLabel } from '../../schemas/annotator-use.js'
import { FldError } from '../../schemas/errors.js'
import type { RoundPlan } from '../../schemas/round.js'
import type { RunPlan } from '../../schemas/run.js'
import { readClosedRounds } from '../dataset/current-round.js'
import { readImageSet } from '../dataset/image-set.js'
import { queueNames } from '../queue/job-queues.js'
import { replayedShards } from '../run/replay-run.js'
import { planOfRound, snapshotBefore } from '../run/round-plan.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { Environment } from './environment.js'
import { pullModels } from './pull-view.js'
import { attendRound, overShards } from './queued-round.js'
import { say } from './session-end.js'
import type { QueueFlags } from './worker-flags.js'

/** A round that has begun. */
export interface OpenRound {
  readonly store: ObjectStore
  /** The run's own plan. */
  readonly whole: RunPlan
  readonly own: RoundPlan
  readonly out: string
  readonly environment: Environment
  readonly flags: QueueFlags
}

/** What a round does, in a line. */
export function roundText({ own: { run, round, checkpoint, before }, out }: OpenRound): string {
  const label = checkpointLabel(checkpoint.name, checkpoint.version)
  return `run ${run}, round ${round}: checkpoint ${label} annotates again what round ${before.round} holds -> ${out}`
}

/** Goes over the shards of a round that are not committed yet, and closes it. Returns the exit code. */
export async function goOnWithRound({ store, whole, own, out, environment, flags }: OpenRound): Promise<number> {
  const plan = planOfRound(whole, own)
  const { round } = own
  const { images } = (await snapshotBefore(store, own)).manifest
  await pullModels(plan, environment)
  const code = await attendRound({
    ...{ store, plan, round, out, environment, flags, annotators: plan.annotators, queues: queueNames },
    drive: overShards(
      { store, plan, round, out },
      {
        shards: (signal, progress) => {
          Object.assign(progress.ingest, { seen: images, accepted: images })
          return shardsOf({ store, whole, own, signal })
        },
        describe: (handed) => `all ${handed.shards} shards with ${handed.images} images are handed out`,
      },
    ),
  })
  const { withdrawn } = await readClosedRounds(store, whole.run)
  if (withdrawn.some((each) => each.round === round)) {
    say(
      `round ${round} of run ${whole.run} was withdrawn meanwhile: it is not what the run stands at (fld rounds ${whole.run} --out ${out})`,
    )
  }
  return code
}

async function* shardsOf({
  store,
  whole,
  own,
  signal,
}: Pick<OpenRound, 'store' | 'whole' | 'own'> & { readonly signal: AbortSignal }) {
  const set = await readImageSet(store, whole.set, { signal })
  if (set === null) throw new FldError('store_missing', `${store.uri}: the record of set ${whole.set} is gone`)
  const replay_of = { run: whole.run, round: own.before.round }
  return yield* replayedShards(store, { replay_of, set }, { signal })
}
