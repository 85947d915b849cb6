import { FldError } from '../../schemas/errors.js'
import type { Sample } from '../../schemas/feed.js'
import type { ImageRecord } from '../../schemas/image.js'
import { orAborted, throwIfAborted } from '../storage/abort.js'
import type { StoreOptions } from '../storage/object-store.js'
import { epochStart, type FeedPlace } from './feed-cursor.js'
import type { FeedWindow } from './feed-window.js'
import { nextPosition, type RankShare, roundAfter, strideOf, turnEnd } from './order/rank-share.js'
import type { WindowCache } from './window-cache.js'

/** What becomes of an epoch's last samples when they do not come out even: see `rankStream`. */
export const tailRules = ['even', 'all'] as const
export type TailRule = (typeof tailRules)[number]

/** What a reader asks for. */
export interface StreamRequest {
  readonly place: FeedPlace
  readonly share: RankShare
  readonly tail: TailRule
  /** Whether the images' bytes are wanted. */
  readonly images: boolean
}

/** A sample at its turn. */
export interface StreamedSample {
  readonly sample: Sample
  readonly image: ImageRecord
  /** The image as it was packed; null where none is wanted. */
  readonly encoded: Uint8Array | null
  /** Where the reader stands when it has the sample. */
  readonly after: FeedPlace
}

/** The windows of every epoch: how many one has, and the way to them. */
export interface EpochWindows extends Pick<WindowCache, 'peek' | 'get' | 'expect'> {
  readonly count: number
}

const loading = 'loading a window of the feed'

/**
 * A reader's samples from a place to the end of the epoch; returns the next epoch's beginning. Rank r of W has the
 * positions p with p mod W = r. When the number of samples is no multiple of W, `even` leaves the last ones (fewer than
 * W) out, so that all ranks get equally many - others in each epoch, for each has an order of its own - and `all` gives
 * them to the first ranks, which get one more. It holds no window while it waits for whoever reads it.
 */
export async function* rankStream(
  windows: EpochWindows,
  { place, share, tail, images }: StreamRequest,
  { signal }: StoreOptions,
): AsyncGenerator<StreamedSample, FeedPlace, undefined> {
  const { epoch } = place
  const at = async (window: number) =>
    windows.peek(epoch, window) ?? orAborted(windows.get(epoch, window), signal, loading)
  let { base, position } = place
  for (let window = place.window; window < windows.count; window++) {
    const end = base + (await enter(() => at(window), images))
    if (window + 1 < windows.count) windows.expect(epoch, window + 1)
    for (position = nextPosition(position, share); position < end; position += strideOf(share).stride) {
      throwIfAborted(signal, 'streaming samples')
      const wanted = tail === 'all' ? end : turnEnd(position, share)
      if (!(await reaches(wanted, { window, end, count: windows.count, at }))) return epochStart(epoch + 1)
      const after = placeAfter({ epoch, window, base, position: roundAfter(position, share) }, end)
      yield { ...(await sampleAt(() => at(window), { offset: position - base, images })), after }
    }
    base = end
  }
  return epochStart(epoch + 1)
}

/** Whether the epoch has at least `wanted` positions; looks at later windows only as far as it must. */
async function reaches(wanted: number, { window, end, count, at }: Reach): Promise<boolean> {
  let reached = end
  for (let next = window + 1; reached < wanted && next < count; next++) reached += (await at(next)).order.length
  return reached >= wanted
}

/** How far an epoch is known to reach: the window that ends before position `end`, and how to look at others. */
interface Reach {
  readonly window: number
  readonly end: number
  readonly count: number
  readonly at: (window: number) => Promise<FeedWindow>
}

/** How many positions a window has, whose images are on their way from now on. */
async function enter(at: () => Promise<FeedWindow>, images: boolean): Promise<number> {
  const { order, fetchImages } = await at()
  if (images) fetchImages()
  return order.length
}

/** By itself, so that nothing of the window - a view of a tar is the tar - stays with whoever waits for a slow client. */
async function sampleAt(
  at: () => Promise<FeedWindow>,
  { offset, images }: { offset: number; images: boolean },
): Promise<Omit<StreamedSample, 'after'>> {
  const { order, entries } = await at()
  const entry = entries[order[offset] ?? -1]
  if (entry === undefined) throw new FldError('internal', `a window of ${order.length} positions has none at ${offset}`)
  const { sample, image } = entry
  return { sample, image, encoded: images ? new Uint8Array(await entry.encoded()) : null }
}

/** A place beyond its window is in a later one: whoever goes on from it need not load this one. */
function placeAfter(place: FeedPlace, end: number): FeedPlace {
  return place.position < end ? place : { ...place, window: place.window + 1, base: end }
}
