import { writeFile } from 'node:fs/promises'
import type { AnnotationRow } from '../../schemas/annotation.js'
import { checkpointLabel } from '../../schemas/annotator-use.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import type { ImageRecord } from '../../schemas/image.js'
import type { RunPlan } from '../../schemas/run.js'
import { shardName } from '../../schemas/store-layout.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readRefusedImages } from '../dataset/image-set.js'
import { readShardImages } from '../dataset/shard-images.js'
import { type CommittedShard, findImage, readCommittedShard } from '../run/committed-images.js'
import { namedRound, readPlanOfRound } from '../run/round-plan.js'
import { namedRun } from '../run/run-ledger.js'
import type { ObjectStore } from '../storage/object-store.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { columns } from './format-text.js'
import { drawOverlay } from './overlay.js'

/** The options of `fld inspect`. */
export interface InspectFlags {
  readonly out?: string
  readonly round?: number
  readonly image?: string
  readonly shard?: string
  readonly overlay?: string
  readonly json?: boolean
}

/** Prints what the flags of `fld inspect` ask for. */
export async function inspectRun(asked: string | undefined, flags: InspectFlags): Promise<void> {
  if (flags.overlay !== undefined && flags.image === undefined) {
    throw new FldError('config_invalid', '--overlay draws one image: give it with --image')
  }
  const environment = readEnvironment()
  const store = await environment.openStore(absoluteLocation(flags.out ?? environment.out))
  try {
    const { json = false } = flags
    const run = await namedRun(store, asked)
    const round = await namedRound(store, { run, round: flags.round })
    const plan = await readPlanOfRound(store, { run, round })
    if (flags.image !== undefined)
      await showImage(store, plan, { round, image: flags.image, overlay: flags.overlay, json })
    else if (flags.shard !== undefined) await showShard(store, plan, { round, shard: flags.shard, json })
    else await showShards(store, plan, { round, json })
  } finally {
    await store.close()
  }
}

async function showShards(
  store: ObjectStore,
  plan: RunPlan,
  { round, json }: { round: number; json: boolean },
): Promise<void> {
  const withCheckpoints = plan.annotators.some(({ checkpoint }) => checkpoint !== null)
  const heads = ['shard', 'attempt', 'images', 'texts', 'regions', 'triplets', 'rejects']
  const rows: (string | number)[][] = [[...heads, ...(withCheckpoints ? ['checkpoints'] : [])]]
  for await (const commit of readCommits(store, plan.run, round)) {
    if (json) print(JSON.stringify(commit))
    const count = (table: string) => commit.files.find((file) => file.table === table)?.rows ?? 0
    const counts = ['text', 'region_text', 'phrase_region', 'rejects'].map(count)
    const checkpoints = Object.entries(commit.checkpoints).map(([name, version]) => checkpointLabel(name, version))
    rows.push([
      commit.shard,
      commit.attempt,
      commit.images,
      ...counts,
      ...(withCheckpoints ? [checkpoints.join(' ')] : []),
    ])
  }
  if (!json) print(columns(rows))
}

async function showShard(
  store: ObjectStore,
  plan: RunPlan,
  { round, shard, json }: { round: number; shard: string; json: boolean },
): Promise<void> {
  const name = /^\d+$/.test(shard) ? shardName(Number(shard)) : shard
  const committed = await readCommittedShard(store, { plan, round, shard: name })
  const images = committed.images.map((image) => ({ ...image, ...rowCounts(committed, image.image_id) }))
  if (json) {
    for (const image of images) print(JSON.stringify(image))
    return
  }
  const rows = images.map((image) => [
    image.image_id,
    `${image.width}x${image.height}`,
    image.texts,
    image.regions,
    image.triplets,
    image.rejects,
    image.source,
  ])
  print(columns([['image', 'size', 'texts', 'regions', 'triplets', 'rejects', 'source'], ...rows]))
  for (const { source, reason, detail } of await readRefusedImages(store, plan.set, name)) {
    print(`refused, ${reason}: ${source}: ${detail}`)
  }
}

function rowCounts({ annotations }: CommittedShard, id: string) {
  const count = (rows: readonly { image_id: string }[]) => rows.filter(({ image_id }) => image_id === id).length
  return {
    texts: count(annotations.text),
    regions: count(annotations.region_text),
    triplets: count(annotations.phrase_region),
    rejects: count(annotations.rejects),
  }
}

async function showImage(
  store: ObjectStore,
  plan: RunPlan,
  { round, image: asked, overlay, json }: { round: number; image: string; overlay: string | undefined; json: boolean },
): Promise<void> {
  const image = await findImage(store, { plan, round, image: asked })
  const { annotations } = await readCommittedShard(store, { plan, round, shard: image.shard })
  const of = <Row extends { image_id: string }>(rows: readonly Row[]) =>
    rows.filter(({ image_id }) => image_id === image.image_id)
  const about = {
    image,
    text: of(annotations.text),
    region_text: of(annotations.region_text),
    phrase_region: of(annotations.phrase_region),
    rejects: of(annotations.rejects),
  }
  print(json ? JSON.stringify(about) : imageText(about))
  if (overlay === undefined) return
  const drawn = await overlayOf(store, plan, about)
  await writeFile(overlay, drawn).catch((error: unknown) => {
    throw new FldError('config_invalid', `--overlay ${overlay} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    })
  })
  process.stderr.write(`drawn: ${overlay}\n`)
}

type ImageAnnotations = CommittedShard['annotations'] & { readonly image: ImageRecord }

async function overlayOf(store: ObjectStore, plan: RunPlan, about: ImageAnnotations): Promise<Uint8Array> {
  const opened = await readShardImages(store, plan.set, about.image.shard)
  const { region_text: regions, text: texts, phrase_region: phrases } = about
  return drawOverlay({ image: await opened.encoded(about.image), regions, texts, phrases })
}

function imageText({ image, text, region_text, phrase_region, rejects }: ImageAnnotations): string {
  const reasons = new Map<string, number>()
  for (const { reason } of rejects) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  const regions = region_text.map((region) => [
    `  ${region.score.toFixed(2)}`,
    region.chosen_text,
    [region.x1, region.y1, region.x2, region.y2].map(Math.round).join(' '),
    `by ${region.rule}, ${region.votes} ${region.votes === 1 ? 'vote' : 'votes'}; support: ${supportText(region)}${region.mask_rle === null ? '' : ', with a mask'}`,
  ])
  return [
    `${image.image_id}  ${image.width}x${image.height} ${image.format}, ${image.split}, shard ${image.shard}`,
    image.source,
    ...image.notes.map((note) => `note: ${note}`),
    ...text.map((row) => `${row.granularity}: ${row.text}`),
    `regions: ${region_text.length}, triplets: ${phrase_region.length}`,
    ...(regions.length > 0 ? [columns(regions)] : []),
    `rejects: ${rejects.length}${rejects.length === 0 ? '' : ': '}${[...reasons].map(([reason, count]) => `${count} ${reason}`).join(', ')}`,
  ].join('\n')
}

/** Annotators, and which checkpoints they were. */
function supportText({ support, checkpoints }: AnnotationRow): string {
  return `${support.join(', ')}${checkpoints === null ? '' : ` (${checkpoints.join(', ')})`}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
