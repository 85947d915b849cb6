import type { ConsensusConfig } from '../../../schemas/consensus-config.js'
import type { Box, Quad } from '../../../schemas/geometry.js'
import { quadIou } from '../boxes/quad-overlap.js'
import type { Reject } from '../reject.js'
import type { DecidedImage, Source } from '../source.js'
import { observeTexts } from './observed-texts.js'
import type { ObservedText } from './read-text.js'
import { gatherLines } from './text-lines.js'
import { overlapFinder } from './text-overlap.js'
import { readingsOf, type TextPlace } from './text-readings.js'

/** One place with text: the reading with most support, and the others. */
export interface TextRegion {
  readonly text: string
  readonly quad: Quad
  readonly box: Box
  /** Agreed recognition score of those who read the same. */
  readonly score: number
  /** Who read the same, an annotator that read it word by word as if it had read it in one. */
  readonly readers: readonly ObservedText[]
  /** Other spellings of the readers, then the texts of those who read something else, best first. */
  readonly alternatives: readonly string[]
  /** All that was read here, as it was said. */
  readonly members: readonly ObservedText[]
}

/**
 * The text regions of an image across its OCR engines: each observation must reach the recognition and the detection score;
 * what one annotator read twice is kept once; words of one engine join the line of another; where several read the same
 * place, readings that are near each other (edit distance) are one, people's text is taken first, then that of most
 * families, then of the best score. Pure; the order of the sources does not matter.
 */
export function decideTextRegions(
  image: DecidedImage,
  sources: readonly Source[],
  config: ConsensusConfig,
): { regions: TextRegion[]; rejects: Reject[] } {
  const { observed, rejects } = observeTexts(image, sources, config)
  const lines = gatherLines(observed, config)
  /** By their strongest reading, which came first. */
  const places = new Map<ObservedText, ObservedText[]>()
  const overlapping = overlapFinder(lines.wholes)
  for (const text of lines.wholes) {
    const near = overlapping(text).map((strongest) => places.get(strongest) ?? [])
    const place = mostOverlapped(near, text, config.text_overlap_iou)
    if (place === null) places.set(text, [text])
    else place.push(text)
  }
  const regions = [...places.values()].map((wholes) =>
    toRegion({ wholes, parts: wholes.flatMap(lines.partsOf) }, config),
  )
  return { regions, rejects: [...rejects, ...lines.rejects] }
}

/** The place whose strongest reading the text overlaps most, above the IoU; never one that its annotator has read already. */
function mostOverlapped(places: readonly ObservedText[][], text: ObservedText, iou: number): ObservedText[] | null {
  let [best, highest]: [ObservedText[] | null, number] = [null, iou]
  for (const place of places) {
    const [strongest] = place
    if (strongest === undefined || place.some(({ annotator }) => annotator === text.annotator)) continue
    const overlap = quadIou(strongest.observation.quad, text.observation.quad)
    if (overlap > highest) [best, highest] = [place, overlap]
  }
  return best
}

function toRegion(place: TextPlace, config: ConsensusConfig): TextRegion {
  const [chosen, ...others] = readingsOf(place, config)
  const [best] = chosen?.readers ?? []
  if (chosen === undefined || best === undefined) throw new RangeError('a place that nobody read')
  return {
    text: chosen.text,
    quad: best.observation.quad,
    box: best.box,
    score: chosen.score,
    readers: chosen.readers,
    alternatives: [...chosen.spellings, ...others.map(({ text }) => text)],
    members: [...place.wholes, ...place.parts],
  }
}
