/** Places of images in a shard: `from` up to, not including, `to`. */
export interface ImageSpan {
  readonly from: number
  readonly to: number
}

/** Images that are handed to an annotator at once. */
export interface BatchSpan extends ImageSpan {
  /** Nothing else may run beside it in this process. */
  readonly alone: boolean
}

/** What an earlier try over the same images left behind. */
export interface Suspicion {
  /** Over these its process ended: they come first, alone and halved. */
  readonly suspects: ImageSpan | null
  /** Taken out. */
  readonly condemned: ReadonlySet<number>
}

/** Nothing is suspected. */
export const noSuspicion: Suspicion = { suspects: null, condemned: new Set() }

/** Every image that is not condemned, once, in batches of at most `size`. */
export function batchSpans(images: number, size: number, { suspects, condemned }: Suspicion): BatchSpan[] {
  const spans: BatchSpan[] = suspects === null ? [] : halves(suspects).map((half) => ({ ...half, alone: true }))
  let from = 0
  for (let place = 0; place <= images; place++) {
    const left = place === images || condemned.has(place) || isWithin(suspects, place)
    if (!left && place - from < size) continue
    if (place > from) spans.push({ from, to: place, alone: false })
    from = left ? place + 1 : place
  }
  return spans
}

function isWithin(span: ImageSpan | null, place: number): boolean {
  return span !== null && place >= span.from && place < span.to
}

function halves({ from, to }: ImageSpan): ImageSpan[] {
  const middle = Math.ceil((from + to) / 2)
  return to - from < 2
    ? [{ from, to }]
    : [
        { from, to: middle },
        { from: middle, to },
      ]
}
