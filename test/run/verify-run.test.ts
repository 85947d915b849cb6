import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import type { AnnotationTable, ShardAnnotations } from '../../schemas/annotation.js'
import { imageSetSchema, type RunPlan, type ShardCommit, shardCommitSchema } from '../../schemas/run.js'
import { storeLayout } from '../../schemas/store-layout.js'
import { annotationTableDefinitions } from '../../schemas/tables.js'
import { encodeTable } from '../../src/dataset/encode-table.js'
import { readImageIndex } from '../../src/dataset/image-set.js'
import { putJson, readJson } from '../../src/dataset/json-record.js'
import { readManifest } from '../../src/dataset/manifest.js'
import { readShardTable } from '../../src/dataset/snapshot.js'
import { verifyRun } from '../../src/run/verify-run.js'
import { SmallRun } from './small-run.js'

const tones = Array.from({ length: 10 }, (_, index) => 20 * index)
let small: SmallRun
afterEach(() => small.close())

async function complete(poison: readonly number[] = []): Promise<RunPlan> {
  small = await SmallRun.open(tones)
  small.startWorker()
  const plan = await small.plan([{ name: 'a', options: { poison } }, { name: 'b' }])
  await small.run(plan)
  return plan
}

/** What is found, by what it is and where. */
async function found(plan: RunPlan): Promise<string[]> {
  const violations: string[] = []
  const onViolation = ({ what, where }: { what: string; where: string }) => violations.push(`${where}: ${what}`)
  const { violations: count } = await verifyRun(small.store, { plan, round: 0, onViolation })
  expect(count).toBe(violations.length)
  return violations
}

async function commitOf(plan: RunPlan, shard: string): Promise<ShardCommit> {
  return readJson(small.store, storeLayout.commit(plan.run, 0, shard), shardCommitSchema)
}

/** Writes a table of a shard anew, and has its commit say so: what only the rows can tell. */
async function rewrite<Table extends AnnotationTable>(
  plan: RunPlan,
  table: Table,
  change: (rows: ShardAnnotations[Table][number][]) => ShardAnnotations[Table][number][],
): Promise<void> {
  const commit = await commitOf(plan, '000001')
  const rows = change(await readShardTable(small.store, commit, table))
  const body = encodeTable<ShardAnnotations[Table][number]>(annotationTableDefinitions[table], rows)
  const files = commit.files.map((file) =>
    file.table === table
      ? { ...file, rows: rows.length, bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') }
      : file,
  )
  const file = files.find((each) => each.table === table)
  await small.store.put(file?.key ?? '', body)
  await putJson(small.store, storeLayout.commit(plan.run, 0, '000001'), { ...commit, files })
}

test('a sound run has no violation, and every image is counted once', async () => {
  const plan = await complete([60])
  const verified = await verifyRun(small.store, {
    plan,
    round: 0,
    onViolation: (violation) => expect.unreachable(violation.what),
  })
  expect(verified).toMatchObject({
    state: 'complete',
    shards: 3,
    committed: 9,
    quarantined: 1,
    failed: 0,
    violations: 0,
  })
})

test('a row that is there twice, and a row of a foreign image, are found', async () => {
  const plan = await complete()
  await rewrite(plan, 'region_text', ([first, ...rest]) => (first === undefined ? [] : [first, first, ...rest]))
  expect(await found(plan)).toContain('shard 000001, region_text: no row is there twice')
  await rewrite(plan, 'region_text', (rows) =>
    rows.map((row, index) => (index === 0 ? { ...row, image_id: '0'.repeat(24) } : row)),
  )
  expect(await found(plan)).toContain('shard 000001, region_text: a row is of an image of its shard')
})

test('an image that was taken out and is annotated all the same is found', async () => {
  const plan = await complete([100])
  const commit = await commitOf(plan, '000001')
  const out = (await readShardTable(small.store, commit, 'rejects')).find(({ kind }) => kind === 'image')
  await rewrite(plan, 'region_text', (rows) => [
    ...rows,
    ...rows.slice(0, 1).map((row) => ({ ...row, image_id: out?.image_id ?? '' })),
  ])
  expect(await found(plan)).toContain('shard 000001, region_text: an image that was taken out has no annotation')
})

test('a commit that is gone, one too many, one of another attempt, and a wrong count are found', async () => {
  const plan = await complete()
  const commit = await commitOf(plan, '000001')
  const key = storeLayout.commit(plan.run, 0, '000001')
  await small.store.delete([key])
  expect(await found(plan)).toContain('shard 000001: every shard of the set has a commit')
  await putJson(small.store, key, { ...commit, attempt: 'feedbeef', images: 3 })
  expect(await found(plan)).toEqual(
    expect.arrayContaining([
      'shard 000001: images of the commit are those of the index',
      'shard 000001: manifest and commits name the same',
    ]),
  )
  await putJson(small.store, key, commit)
  await putJson(small.store, storeLayout.commit(plan.run, 0, '000007'), { ...commit, shard: '000007', files: [] })
  expect(await found(plan)).toContain('shard 000007: a commit is of a shard of the set')
})

test('a file that is gone or changed is found', async () => {
  const plan = await complete()
  const { files } = await commitOf(plan, '000000')
  const key = files.find(({ table }) => table === 'region_text')?.key ?? ''
  const body = await small.store.get(key)
  await small.store.put(key, body.subarray(0, body.length - 9))
  expect(await found(plan)).toEqual(
    expect.arrayContaining([
      'shard 000000: what a commit names can be read',
      `${key}: a snapshot is what its manifest says`,
    ]),
  )
  await small.store.delete([key])
  expect(await found(plan)).toContain('shard 000000: what a commit names can be read')
})

test('commits that are newer than the snapshot are held against what retries recorded, and their files looked at', async () => {
  const plan = await complete()
  const key = storeLayout.commit(plan.run, 0, '000001')
  const commit = await commitOf(plan, '000001')
  const disagreement = 'shard 000001: manifest and commits name the same'
  await putJson(small.store, key, { ...commit, attempt: 'bbbbbbbb', supersedes: commit.attempt })
  expect(await found(plan)).toEqual([])
  await putJson(small.store, key, { ...commit, attempt: 'cccccccc', supersedes: 'bbbbbbbb' })
  expect(await found(plan)).toEqual([disagreement])
  const retried = { run: plan.run, round: 0, shard: '000001', attempt: 'bbbbbbbb', changed: true }
  const record = storeLayout.retried(plan.run, 'first', '000001')
  await putJson(small.store, record, { ...retried, finished_at: new Date().toISOString() })
  expect(await found(plan)).toEqual([])
  const [file, ...files] = commit.files
  if (file === undefined) throw new Error('the commit names no file')
  const newer = { ...commit, attempt: 'cccccccc', supersedes: 'bbbbbbbb' }
  await putJson(small.store, key, { ...newer, files: [{ ...file, sha256: '0'.repeat(64) }, ...files] })
  expect(await found(plan)).toEqual([`${file.key}: a file is what its commit says`])
})

test('of an open round the files are held against their commits, and what is still to do is counted', async () => {
  const plan = await complete()
  const manifest = await readManifest(small.store, plan.run, 0)
  await small.store.delete([
    storeLayout.manifest(plan.run, 0),
    storeLayout.commit(plan.run, 0, '000002'),
    ...(manifest?.parts ?? []).map(({ key }) => key),
  ])
  const asked = { plan, round: 0, onViolation: () => undefined }
  expect(await verifyRun(small.store, asked)).toMatchObject({ state: 'open', shards: 2, pending: 1, violations: 0 })
  await rewrite(plan, 'region_text', (rows) => rows.slice(1))
  const file = (await commitOf(plan, '000001')).files.find(({ table }) => table === 'region_text')
  const body = await small.store.get(file?.key ?? '')
  // Another score, the same length: only its digest can tell.
  await rewrite(plan, 'region_text', (rows) => rows)
  await small.store.put(file?.key ?? '', flipped(body))
  expect(await found(plan)).toContain(`${file?.key}: a file is what its commit says`)
})

/** The same bytes with one bit of the first page changed. */
function flipped(bytes: Uint8Array): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[40] = (changed[40] ?? 0) ^ 1
  return changed
}

test('a damaged commit is found, and the shards beside it are looked at all the same', async () => {
  const plan = await complete()
  const key = storeLayout.commit(plan.run, 0, '000001')
  const whole = await small.store.get(key)
  await small.store.put(key, whole.subarray(0, 40))
  await small.store.delete([storeLayout.imageIndex(plan.set, '000002')])
  const violations = await found(plan)
  expect(violations).toContain(`${key}: a commit can be read`)
  expect(violations).toContain('shard 000002: what a commit names can be read')
  await small.store.put(storeLayout.commit(plan.run, 0, '000000'), whole)
  expect(await found(plan)).toContain(
    `${storeLayout.commit(plan.run, 0, '000000')}: a commit is of the shard that it is named by`,
  )
})

test('a commit that is gone is one disagreement with the manifest, and not one for each shard behind it', async () => {
  const plan = await complete()
  await small.store.delete([storeLayout.commit(plan.run, 0, '000000')])
  const named = (await found(plan)).filter((violation) => violation.endsWith('manifest and commits name the same'))
  expect(named).toEqual(['shard 000000: manifest and commits name the same'])
})

test('a damaged part of the manifest is found', async () => {
  const plan = await complete()
  const key = (await readManifest(small.store, plan.run, 0))?.parts[0]?.key ?? ''
  const part = await small.store.get(key)
  await small.store.put(key, part.subarray(1))
  expect(await found(plan)).toContain(`${key}: a snapshot is what its manifest says`)
})

test('a closed round whose set has lost its record, or has another number of images, is found', async () => {
  const plan = await complete()
  const key = storeLayout.imageSet(plan.set)
  const record = await readJson(small.store, key, imageSetSchema)
  await putJson(small.store, key, { ...record, images: record.images + 1 })
  expect(await found(plan)).toEqual([`${key}: every image of the set is in the round`])
  await small.store.delete([key])
  expect(await found(plan)).toEqual([`${key}: the set of the run has its record`])
})

test('a packed image that is damaged, and a tar that is gone, are found where images are read too', async () => {
  const plan = await complete()
  const tar = storeLayout.imageTar(plan.set, '000001')
  const bytes = Uint8Array.from(await small.store.get(tar))
  const [first] = await readImageIndex(small.store, plan.set, '000001')
  if (first === undefined) throw new Error('the shard has no image')
  bytes[first.tar_offset + 40] = (bytes[first.tar_offset + 40] ?? 0) ^ 1
  await small.store.put(tar, bytes)
  await small.store.delete([storeLayout.imageTar(plan.set, '000002')])
  expect(await found(plan)).toEqual([])
  const violations: string[] = []
  const onViolation = ({ what, where }: { what: string; where: string }) => violations.push(`${where}: ${what}`)
  await verifyRun(small.store, { plan, round: 0, packed: true, onViolation })
  const gone = (await readImageIndex(small.store, plan.set, '000002')).map(
    ({ image_id }) => `000002, image ${image_id}`,
  )
  expect(violations).toEqual(
    [`000001, image ${first.image_id}`, ...gone].map((where) => `shard ${where}: a packed image has its sha256`),
  )
})
