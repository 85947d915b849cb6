import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packEntrySchema } from '../../schemas/pack.js'
import { pipelineSchema } from '../../schemas/pipeline.js'
import type { AnnotatorModule } from '../../src/annotate/contract.js'
import { writeObservations } from '../../src/dataset/observation-file.js'
import { lockEntry } from '../../src/models/packs/lock-entry.js'
import { observationKeys } from '../../src/run/observation-keys.js'
import { planRun } from '../../src/run/plan-run.js'
import { openStore } from '../../src/storage/open-store.js'
import { caption } from '../../workers/caption/index.js'
import { toneAnnotator } from './tone-annotator.js'

const registry = new Map<string, AnnotatorModule>([
  ['tone', toneAnnotator([]) as AnnotatorModule],
  ['caption', caption as AnnotatorModule],
])

test('what a later stage says without an optional annotator lies elsewhere than what it says with it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fld-keys-'))
  const store = await openStore(folder)
  const plan = await planRun({
    pipeline: pipelineSchema.parse({
      name: 'tones',
      stages: [
        { name: 'see', annotators: ['test/sure', { use: 'test/perhaps', required: false }] },
        { name: 'say', annotators: ['test/words'] },
      ],
    }),
    registry,
    findEntry: async (use) => {
      const name = use.slice(use.lastIndexOf('/') + 1)
      const annotator = name === 'words' ? 'caption' : 'tone'
      return packEntrySchema.parse({ name, annotator, family: name, licence: 'none' })
    },
    pinEntry: (entry) => lockEntry(entry, { cache: folder }),
    set: 'set-1',
    source: '/photos',
    labelDigest: null,
    version: 'test',
  })
  const place = { store, plan, shard: '000000', signal: new AbortController().signal }
  const without = await observationKeys(place)
  await writeObservations(store, without.get('sure') ?? '', [])
  expect(await observationKeys(place)).toEqual(without)
  await writeObservations(store, without.get('perhaps') ?? '', [])
  const complete = await observationKeys(place)
  expect(complete.get('perhaps')).toBe(without.get('perhaps'))
  expect(complete.get('words')).not.toBe(without.get('words'))
  const [words] = plan.annotators.filter(({ name }) => name === 'words')
  expect(complete.get('words')).toContain(words?.digest)
  expect([...(await observationKeys(place, 'see')).keys()]).toEqual(['sure', 'perhaps'])
  await store.close()
  await rm(folder, { recursive: true })
})
