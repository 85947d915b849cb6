import type { RejectRow } from '../../schemas/annotation.js'
import type { ImageRecord } from '../../schemas/image.js'
import { readCommits } from '../dataset/committed-shards.js'
import { readShardTable } from '../dataset/snapshot.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'
import type { RoundPlace } from './committed-before.js'

/** Why a row of `rejects` stands for labels of the source: ingest could not use them. The image itself is in the set. */
const leftOut = 'label_left_out'

/** How ingest's notes on labels begin. */
const labelNote = /^labels: /

/** A reject row for each of ingest's notes on the labels of an image, so that they are counted with all that did not pass. */
export function leftOutRows(
  { image_id, source, notes }: Pick<ImageRecord, 'image_id' | 'source' | 'notes'>,
  { shard, round }: { readonly shard: string; readonly round: number },
): RejectRow[] {
  return notes
    .filter((each) => labelNote.test(each))
    .map((each) => each.replace(labelNote, ''))
    .map((note) => ({
      ...{ image_id, shard, round, support: [], checkpoints: null, votes: 0, score: 0 },
      ...{ kind: /\bboxes\b/.test(note) ? 'object' : 'text', stage: 'ingest', reason: leftOut, rule: 'source_labels' },
      payload: JSON.stringify({ source }),
      failed: JSON.stringify({ note }),
    }))
}

/** Labels of the source that could not be used. */
export interface LeftOutLabels {
  /** Notes of ingest on them; a note may stand for several labels of one image. */
  readonly notes: number
  /** One of the notes: file and row, the field, what was there and what is allowed. Null where there is none. */
  readonly example: string | null
}

/** What a round's rejects, counted by reason, come to in labels of the source; the example is the first shard's that has one. */
export async function leftOutLabels(
  store: ObjectStore,
  place: RoundPlace,
  { rejects, ...options }: StoreOptions & { readonly rejects: Readonly<Record<string, number>> },
): Promise<LeftOutLabels> {
  const notes = rejects[leftOut] ?? 0
  return { notes, example: notes === 0 ? null : await firstNote(store, place, options) }
}

async function firstNote(
  store: ObjectStore,
  { run, round }: RoundPlace,
  options: StoreOptions,
): Promise<string | null> {
  for await (const commit of readCommits(store, run, round, options)) {
    if ((commit.rejects[leftOut] ?? 0) === 0) continue
    const row = (await readShardTable(store, commit, 'rejects', options)).find(({ reason }) => reason === leftOut)
    if (row !== undefined) return noteOf(row)
  }
  return null
}

function noteOf({ failed }: RejectRow): string | null {
  const said: { note?: unknown } | null = JSON.parse(failed)
  return typeof said?.note === 'string' ? said.note : null
}
