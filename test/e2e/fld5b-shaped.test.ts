import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import type { RunSummary } from '../../src/run/run-summary.js'
import { fld, startFld, workerProcesses } from '../cli/fld-process.js'
import { snapshotRows } from '../cli/snapshot-rows.js'
import { describeWithReference, referencePath } from '../reference-data.js'
import { type ChatServer, startChatServer } from '../servers/chat-server.js'
import { annotatorNames, copyPhotographs, modelFolders, referenceNeeds, writeSmallFld5b } from './small-fld5b.js'

const photographs = 32

/**
 * Every role of fld5b over real photographs: small real detectors, OCR, masks and composed captions; tiny reference
 * graphs where no small real weights exist; a local server that speaks the endpoint's protocol.
 */
describeWithReference('a pipeline with every role of fld5b', referenceNeeds, () => {
  let folder: string
  let server: ChatServer
  let env: Record<string, string>
  let pipeline: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-fld5b-'))
    await copyPhotographs(join(folder, 'photos'), photographs)
    pipeline = await writeSmallFld5b(folder)
    server = await startChatServer({ key: 'secret-key' })
    env = {
      FLD_MODELS: modelFolders.map(referencePath).join(delimiter),
      FLD_ENDPOINT_URL: server.url,
      FLD_ENDPOINT_KEY: 'secret-key',
      FLD_ENDPOINT_MODEL: 'looks-at-colours',
    }
  }, 300_000)
  afterAll(async () => {
    await server.close()
    await rm(folder, { recursive: true })
  })

  const flags = (out: string) => ['run', pipeline, '--images', join(folder, 'photos'), '--out', out, '--json']
  const summaryOf = (stdout: string): RunSummary => JSON.parse(stdout)
  let undisturbed: string[]

  test('commits all three tables, with every role in them', async () => {
    const out = join(folder, 'out')
    const ended = await fld(flags(out), env)
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    const summary = summaryOf(ended.stdout)
    expect(summary).toMatchObject({ state: 'complete', images: photographs, quarantined: 0, absent: {} })
    undisturbed = await snapshotRows(out, summary.run)
    const of = <Row>(table: string) =>
      undisturbed.map((row): [string, Row] => JSON.parse(row)).flatMap(([name, row]) => (name === table ? [row] : []))
    const texts = of<TextRow>('text')
    const regions = of<RegionTextRow>('region_text')
    const triplets = of<PhraseRegionRow>('phrase_region')
    const objects = regions.filter(({ kind }) => kind === 'object')
    // Texts of all three granularities, from the template and from the endpoint, measured against their image.
    expect(new Set(texts.map(({ granularity }) => granularity)).size).toBe(3)
    expect(new Set(texts.flatMap(({ support }) => support))).toEqual(
      new Set(['template-caption', 'caption-vlm', 'detail']),
    )
    expect(texts.every(({ similarity }) => similarity !== null)).toBe(true)
    // Agreed objects with the caption of their crop, the nearer candidate chosen, and masks.
    expect(objects.length).toBeGreaterThan(photographs)
    expect(objects.some(({ brief_text }) => brief_text !== null)).toBe(true)
    expect(objects.every(({ similarity }) => similarity !== null)).toBe(true)
    expect(objects.some(({ mask_rle, polygon_rings }) => mask_rle !== null && polygon_rings !== null)).toBe(true)
    expect(regions.some(({ kind }) => kind === 'text')).toBe(true)
    // Phrases that captioners tied to regions, and such that grounding models found.
    expect(new Set(triplets.map(({ rule }) => rule))).toEqual(new Set(['region_agreed', 'phrase_grounded']))
    for (const triplet of triplets) {
      const text = texts.find(({ text_id }) => text_id === triplet.text_id)
      expect(text?.text.slice(triplet.start, triplet.end)).toBe(triplet.phrase)
    }
    // No annotator was silent: each has observations of every shard.
    const observed = await readdir(join(out, 'observations'), { recursive: true })
    for (const name of annotatorNames) {
      const files = observed.filter((path) => path.includes(`/${name}-`) && path.endsWith('.parquet'))
      expect(files, name).toHaveLength(photographs / 8)
    }
    expect(ended.stdout + ended.stderr).not.toContain('secret-key')
  }, 600_000)

  test('a run whose workers are killed at any moment gives the same rows', async () => {
    const out = join(folder, 'killed')
    const running = startFld([...flags(out), '--workers', '2'], env)
    // In the specialists, after the captions, and towards the end: shards are in different stages at each.
    for (const observed of [3, 20, 40]) {
      await observationFiles(out, observed)
      const [worker] = await workerProcesses(running.child.pid ?? 0)
      if (worker === undefined) throw new Error('no worker process was found')
      process.kill(worker, 'SIGKILL')
    }
    const ended = await running.ended
    expect(ended, ended.stderr).toMatchObject({ code: 0 })
    expect(ended.stderr.match(/a worker process ended \(SIGKILL\)/g)).toHaveLength(3)
    expect(await snapshotRows(out, summaryOf(ended.stdout).run)).toEqual(undisturbed)
  }, 600_000)
})

/** Resolves when the store has so many observation files. A folder's own events are not worth relying on here. */
async function observationFiles(out: string, count: number): Promise<void> {
  for (;;) {
    const there = await readdir(join(out, 'observations'), { recursive: true }).catch((): string[] => [])
    if (there.filter((name) => name.endsWith('.parquet')).length >= count) return
    await delay(20)
  }
}
