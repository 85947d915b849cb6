import { FldError } from '../../schemas/errors.js'
import type { RoundPlan } from '../../schemas/round.js'
import type { CheckpointVersions, Manifest, RunPlan, SnapshotShard } from '../../schemas/run.js'
import { readPart } from '../dataset/manifest-parts.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { RoundPlace } from './committed-before.js'
import { once } from './once.js'
import { planOfRound, readRoundPlan, snapshotBefore } from './round-plan.js'
import { readPlan } from './run-ledger.js'
import { planWithVersions } from './shard-checkpoints.js'

/** The plans that the jobs of a process go by, each read once: neither a plan nor a version of a checkpoint ever changes. */
export interface KeptPlans {
  /** The plan of a run as a round uses it. */
  plan(out: string, of: RoundPlace): Promise<RunPlan>
  /** With the checkpoints that it follows bound to the versions that a shard has taken up. */
  bound(out: string, of: RoundPlace, versions: CheckpointVersions): Promise<RunPlan>
  /** A shard of the snapshot that a round is merged with; null in a round that is merged with none. */
  shardBefore(out: string, of: RoundPlace, shard: string): Promise<SnapshotShard | null>
}

const keptPlans = 64

/** Parts of snapshots that are kept, of about 1 MB each. */
const keptParts = 4

export function createKeptPlans(store: (location: string) => Promise<ObjectStore>): KeptPlans {
  const plans = new Map<string, Promise<RunPlan>>()
  const bound = new Map<string, Promise<RunPlan>>()
  const rounds = new Map<string, Promise<RoundPlan | null>>()
  const manifests = new Map<string, Promise<Manifest>>()
  const parts = new Map<string, Promise<readonly SnapshotShard[]>>()
  const keyOf = (out: string, { run, round }: RoundPlace) => JSON.stringify([out, run, round])
  const roundPlan = (out: string, of: RoundPlace) =>
    once(rounds, keyOf(out, of), async () => readRoundPlan(await store(out), of), keptPlans)
  const plan = (out: string, of: RoundPlace) =>
    once(
      plans,
      keyOf(out, of),
      async () => asUsed(await readPlan(await store(out), of.run), await roundPlan(out, of)),
      keptPlans,
    )
  return {
    plan,
    bound: (out, of, versions) =>
      once(
        bound,
        JSON.stringify([keyOf(out, of), versions]),
        async () => planWithVersions(await store(out), await plan(out, of), versions),
        keptPlans,
      ),
    async shardBefore(out, of, shard) {
      const own = await roundPlan(out, of)
      if (own === null) return null
      const opened = await store(out)
      const key = `${keyOf(out, of)} ${own.before.revision}`
      const manifest = await once(manifests, key, async () => (await snapshotBefore(opened, own)).manifest, keptPlans)
      const part = manifest.parts.find(({ first, last }) => first <= shard && shard <= last)
      const read = part && (() => readPart(opened, part))
      const shards = read ? await once(parts, `${out} ${part.key}`, read, keptParts) : (manifest.shards ?? [])
      return shardNamed(shards, { shard, ...of })
    },
  }
}

function asUsed(plan: RunPlan, round: RoundPlan | null): RunPlan {
  return round === null ? plan : planOfRound(plan, round)
}

function shardNamed(
  shards: readonly SnapshotShard[],
  { shard, run, round }: RoundPlace & { readonly shard: string },
): SnapshotShard {
  const found = shards.find((each) => each.shard === shard)
  if (found !== undefined) return found
  throw new FldError('store_missing', `run ${run}: the snapshot before round ${round} has no shard ${shard}`)
}
