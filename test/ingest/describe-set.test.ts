import { describe, expect, it } from 'vitest'
import type { ImageSet } from '../../schemas/run.js'
import { describeSet } from '../../src/ingest/describe-set.js'

const empty: ImageSet = {
  set: 'photos-00000000',
  source: '/photos',
  shard_size: 256,
  shards: 0,
  images: 0,
  refused: {},
  near_duplicates: 0,
  ignored_files: 0,
  bytes: 0,
  label_digest: null,
}

describe('describeSet', () => {
  it('says first that there is no image, and why', () => {
    expect(describeSet(empty)).toBe('No image of /photos could be let in; no file was refused.')
    const refused = { zero_bytes: 1, truncated: 3 }
    expect(describeSet({ ...empty, shards: 1, refused, ignored_files: 2 })).toBe(
      'No image of /photos could be let in; 4 files refused (truncated 3, zero_bytes 1); 2 files that are no pictures left aside.',
    )
  })

  it('counts what is in', () => {
    const set = { ...empty, shards: 2, images: 300, near_duplicates: 7, refused: { exact_duplicate: 5 } }
    expect(describeSet(set)).toBe(
      '300 images of /photos in 2 shards; 7 of them near duplicates; 5 files refused (exact_duplicate 5).',
    )
  })
})
