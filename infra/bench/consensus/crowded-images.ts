import type { Box } from '../../../schemas/geometry.js'
import type { ObjectObservation } from '../../../schemas/observation.js'
import type { Source } from '../../../src/consensus/index.js'
import { type BenchImage, benchImage } from './bench-image.js'

const [width, height] = [640, 480]
const detectors = ['first', 'second', 'third']

interface TrueObject {
  readonly label: string
  readonly box: Box
}

/** A number in 0-1 at each call, the same ones for the same seed. */
type Random = () => number

/**
 * Images as three detectors see them at a low threshold: each says 100-300 boxes, more than half of them around 3-20 true
 * objects and sometimes under another label, the rest anywhere with low scores. The same for the same seed.
 */
export function realisticImages(total: number, labels: readonly string[], seed = 1): BenchImage[] {
  const random = mulberry32(seed)
  const images: BenchImage[] = []
  for (let boxes = 0; boxes < total; ) {
    const objects = trueObjects(3 + Math.floor(random() * 18), labels, random)
    const sources = detectors.map((name) =>
      detector(name, { count: 100 + Math.floor(random() * 201), objects, labels, random }),
    )
    const next = benchImage({ image_id: String(images.length), width, height }, sources, labels)
    images.push(next)
    boxes += next.boxes
  }
  return images
}

/** The worst case: all boxes in one image of the usual size, 12 to a true object and detector. */
export function crowdedImage(boxes: number, labels: readonly string[], seed = 1): BenchImage {
  const random = mulberry32(seed)
  const count = Math.ceil(boxes / detectors.length)
  const objects = trueObjects(Math.ceil(count / 12), labels, random)
  const sources = detectors.map((name) => detector(name, { count, objects, labels, random }))
  return benchImage({ image_id: 'crowded', width, height }, sources, labels)
}

interface DetectorQuestion {
  readonly count: number
  readonly objects: readonly TrueObject[]
  readonly labels: readonly string[]
  readonly random: Random
}

function detector(name: string, { count, objects, labels, random }: DetectorQuestion): Source {
  const observations = Array.from({ length: count }, (): ObjectObservation => {
    const seen = random() < 0.6 ? pick(objects, random) : undefined
    if (seen === undefined) {
      const { label, box } = anyObject(labels, random)
      return { kind: 'object', label, score: 0.02 + 0.1 * random() ** 3, box }
    }
    const label = random() < 0.85 ? seen.label : (pick(labels, random) ?? seen.label)
    return { kind: 'object', label, score: 0.02 + 0.95 * random() ** 4, box: shifted(seen.box, random) }
  })
  return { annotator: name, family: name, vocabulary: labels, human: false, failure: null, observations }
}

function trueObjects(count: number, labels: readonly string[], random: Random): TrueObject[] {
  return Array.from({ length: count }, () => anyObject(labels, random))
}

/** Sides from 10 pixels to half the image, small ones more often. */
function anyObject(labels: readonly string[], random: Random): TrueObject {
  const [w, h] = [10 * 32 ** random(), 10 * 24 ** random()]
  const [x, y] = [random() * (width - w), random() * (height - h)]
  return { label: pick(labels, random) ?? '', box: [x, y, x + w, y + h] }
}

/** Each side moved by up to a fifth of the box's width or height, mostly by less. */
function shifted([x1, y1, x2, y2]: Box, random: Random): Box {
  const by = (size: number): number => (random() - 0.5) * random() * 0.4 * size
  const [w, h] = [x2 - x1, y2 - y1]
  return [Math.max(0, x1 + by(w)), Math.max(0, y1 + by(h)), Math.min(width, x2 + by(w)), Math.min(height, y2 + by(h))]
}

function pick<Item>(items: readonly Item[], random: Random): Item | undefined {
  return items[Math.floor(random() * items.length)]
}

/** Tommy Ettinger's mulberry32: small, and good enough to scatter boxes. */
function mulberry32(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
