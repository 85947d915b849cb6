import type { ImageSet } from '../../schemas/run.js'

/** What a person wants to know of a packed set, in one sentence; a set without images says so first. */
export function describeSet({ source, images, shards, refused, near_duplicates, ignored_files }: ImageSet): string {
  const reasons = Object.entries(refused).sort(([, a], [, b]) => b - a)
  const total = reasons.reduce((sum, [, count]) => sum + count, 0)
  const listed = reasons.map(([reason, count]) => `${reason} ${count}`).join(', ')
  const parts = [
    images === 0
      ? `No image of ${source} could be let in`
      : `${images} images of ${source} in ${shards} ${shards === 1 ? 'shard' : 'shards'}`,
    ...(near_duplicates > 0 ? [`${near_duplicates} of them near duplicates`] : []),
    total === 0 ? 'no file was refused' : `${total} files refused (${listed})`,
    ...(ignored_files > 0 ? [`${ignored_files} files that are no pictures left aside`] : []),
  ]
  return `${parts.join('; ')}.`
}
