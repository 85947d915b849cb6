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
  table: (run: string, round: number, table: string, shard: string, attempt: string) =>
    `runs/${run}/rounds/${round}/${table}/${shard}-${attempt}.parquet`,
  commits: (run: string, round: number) => `runs/${run}/rounds/${round}/commits/`,
  commit: (run: string, round: number, shard: string) => `runs/${run}/rounds/${round}/commits/${shard}.json`,
  manifest: (run: string, round: number) => `runs/${run}/rounds/${round}/manifest.json`,
  checkpoints: () => 'checkpoints/',
  checkpointVersions: (name: string) => `checkpoints/${name}/`,
  checkpoint: (name: string, version: number) => `checkpoints/${name}/${version}/checkpoint.json`,
  currentCheckpoint: (name: string) => `checkpoints/${name}/current.json`,
  /** Named by its content: versions that share a file share its bytes, and nobody can overwrite it with others. */
  checkpointFile: (name: string, { path, sha256 }: { path: string; sha256: string }) =>
    `checkpoints/${name}/files/${sha256}/${path.slice(path.lastIndexOf('/') + 1)}`,
  calibrations: (name: string) => `calibrations/${name}/`,
  calibration: (name: string, version: number) => `calibrations/${name}/${version}.json`,
  failures: (run: string, round: number) => `runs/${run}/failures/${round}/`,
  failure: (run: string, round: number, shard: string) => `runs/${run}/failures/${round}/${shard}.json`,
} as const

/** The name of the n-th shard of a set, counted from 0: six digits, so that names sort as numbers do. */
export function shardName(index: number): string {
  return String(index).padStart(6, '0')
}
