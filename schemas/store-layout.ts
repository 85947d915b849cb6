import { FldError } from './errors.js'

/** Keys of the object store, in one place: the same for a folder and for s3://bucket/prefix. */
export const storeLayout = {
  imageSet: (set: string) => `images/${set}/set.json`,
  imageTar: (set: string, shard: string) => `images/${set}/${shard}.tar`,
  /** The images table of the shard: rows of `ImageRecord`, with offsets into the tar. */
  imageIndex: (set: string, shard: string) => `images/${set}/${shard}.parquet`,
  /** What the shard's stretch of the source refused. */
  refusedImages: (set: string, shard: string) => `images/${set}/${shard}.refused.json`,
  /** Which stretch of the source the shard was made of: where a continued ingest goes on. */
  shardIntake: (set: string, shard: string) => `images/${set}/${shard}.intake.json`,
  observations: (set: string, annotator: string, digest: string, shard: string) =>
    `observations/${set}/${annotator}-${digest}/${shard}.parquet`,
  runs: () => 'runs/',
  runPlan: (run: string) => `runs/${run}/run.json`,
  runControl: (run: string) => `runs/${run}/control.json`,
  withdrawnRounds: (run: string) => `runs/${run}/withdrawn.json`,
  rounds: (run: string) => `runs/${run}/rounds/`,
  roundPlan: (run: string, round: number) => `runs/${run}/rounds/${round}/round.json`,
  tableFolder: (run: string, round: number, table: string) => `runs/${run}/rounds/${round}/${table}/`,
  table: (run: string, round: number, table: string, shard: string, attempt: string) =>
    `runs/${run}/rounds/${round}/${table}/${shard}-${attempt}.parquet`,
  commits: (run: string, round: number) => `runs/${run}/rounds/${round}/commits/`,
  commit: (run: string, round: number, shard: string) => `runs/${run}/rounds/${round}/commits/${shard}.json`,
  /** Revision 0 is the first snapshot of a round. */
  manifest: (run: string, round: number, revision = 0) =>
    `runs/${run}/rounds/${round}/manifest${revision === 0 ? '' : `-${revision}`}.json`,
  /** What the keys of later revisions begin with, and those of the parts after them. */
  manifestRevisions: (run: string, round: number) => `runs/${run}/rounds/${round}/manifest-`,
  manifestParts: (run: string, round: number) => `runs/${run}/rounds/${round}/manifest-parts/`,
  /** Named by its content: revisions share the parts in which nothing changed. */
  manifestPart: (run: string, round: number, sha256: string) =>
    `runs/${run}/rounds/${round}/manifest-parts/${sha256}.json`,
  checkpoints: () => 'checkpoints/',
  checkpointVersions: (name: string) => `checkpoints/${name}/`,
  checkpoint: (name: string, version: number) => `checkpoints/${name}/${version}/checkpoint.json`,
  /** What the gate found about a version; named by its content. */
  checkpointGates: (name: string, version: number) => `checkpoints/${name}/${version}/gate-`,
  currentCheckpoint: (name: string) => `checkpoints/${name}/current.json`,
  /** Named by its content: versions that share a file share its bytes, and nobody can overwrite it with others. */
  checkpointFile: (name: string, { path, sha256 }: { path: string; sha256: string }) =>
    `checkpoints/${name}/files/${sha256}/${path.slice(path.lastIndexOf('/') + 1)}`,
  calibrations: (name: string) => `calibrations/${name}/`,
  calibration: (name: string, version: number) => `calibrations/${name}/${version}.json`,
  retries: (run: string) => `runs/${run}/retries/`,
  retried: (run: string, retry: string, shard: string) => `runs/${run}/retries/${retry}/${shard}.json`,
  failures: (run: string, round: number) => `runs/${run}/failures/${round}/`,
  failure: (run: string, round: number, shard: string) => `runs/${run}/failures/${round}/${shard}.json`,
} as const

/** A set has fewer shards than this: their names have six digits. */
const shardLimit = 1_000_000

/**
 * The name of the n-th shard of a set, counted from 0: six digits, so that names sort as numbers do, which listings and
 * manifests are read by. Throws FldError `source_invalid` for one shard too many.
 */
export function shardName(index: number): string {
  if (index < shardLimit) return String(index).padStart(6, '0')
  const message = `a set has fewer than ${shardLimit} shards; give the pipeline a larger shard_size`
  throw new FldError('source_invalid', message, { details: { index } })
}
