import { expect, test } from 'vitest'
import type { ImageRecord } from '../../schemas/image.js'
import { quarantineRow } from '../../src/run/quarantine.js'

const image: ImageRecord = {
  ...{ image_id: 'i', shard: '000000', source: 'file:///i.jpg', sha256: 'a', phash: 'b', near_duplicate_of: null },
  ...{ width: 4, height: 3, format: 'jpeg', bytes: 9, split: 'train', notes: [], tar_offset: 0 },
}

function quarantined(failures: Readonly<Record<string, string | null>>) {
  const sources = Object.entries(failures).map(([annotator, failure]) => ({
    ...{ annotator, family: annotator, vocabulary: null, human: false, observations: [], failure },
  }))
  return quarantineRow({
    ...{ image, sources, shard: '000000', round: 0, required: new Set(['base', 'net']) },
    checkpoints: (names) => (names.includes('base') ? ['base@2'] : null),
  })
}

test('a quarantined image names the checkpoint that could not process it, and no other', () => {
  expect(quarantined({ base: null, net: null, extra: 'cannot' })).toBeNull()
  const broken = quarantined({ base: 'cannot', net: null })
  expect(broken).toMatchObject({
    reason: 'required_annotator_failed',
    checkpoints: ['base@2'],
    failed: '{"base":"cannot"}',
  })
  expect(quarantined({ base: null, net: 'cannot' })).toMatchObject({ checkpoints: null, failed: '{"net":"cannot"}' })
})
