import type { AgreedRegion } from '../../schemas/annotation.js'
import type { Box } from '../../schemas/geometry.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import { type ColourName, dominantColour, gridPixels, meanLightness, type Pixel } from './colour.js'
import { nounOf } from './noun-phrase.js'

/** An object as the captioner speaks of it. */
export interface SceneObject {
  readonly region: AgreedRegion
  readonly noun: string
  /** Size and colour, where they are clear. */
  readonly adjectives: readonly string[]
  /** Share of the image's area, 0-1. */
  readonly area: number
}

/** All objects with one noun, largest first. */
export interface SceneGroup {
  readonly noun: string
  readonly objects: readonly SceneObject[]
}

/** What can be said about an image: groups by their largest object, texts in reading order, the look of the whole. */
export interface Scene {
  readonly width: number
  readonly height: number
  readonly groups: readonly SceneGroup[]
  readonly texts: readonly AgreedRegion[]
  /** Adjectives of the whole image, such as "dark"; empty where nothing is clear. */
  readonly light: 'dark' | 'bright' | null
  readonly mainColour: ColourName | null
}

/** Never given a colour or size: people. */
const people = new Set('person man woman boy girl child baby people face human'.split(' '))
/** Thin or shiny things: much of their box shows what is behind them, or on the screen. */
const seeThrough = new Set(
  'TV|wine glass|glass|bottle|mirror|window|laptop|cell phone|monitor|bicycle|fork|knife|spoon|skis'.split('|'),
)

const largeArea = 0.25
const smallArea = 0.01
/** Shares of pixels that make a colour "clearly dominant". */
const objectColourShare = 0.55
const imageColourShare = 0.5

/** Looks at the regions and the pixels. The same scene for any order of the regions. */
export function describeScene(regions: readonly AgreedRegion[], raster: Raster): Scene {
  const { width, height } = raster
  const whole = gridPixels(raster, [0, 0, width, height])
  const objects = regions.filter((region) => region.kind === 'object' && nounOf(region.label) !== '')
  const described = objects.map((region) => describeObject(region, objects, raster)).sort(byProminence)
  return {
    width,
    height,
    groups: groupByNoun(described),
    texts: inReadingOrder(regions.filter((region) => region.kind === 'text' && region.label.trim() !== '')),
    light: lightOf(meanLightness(raster, whole)),
    mainColour: dominantColour(raster, whole, imageColourShare)?.name ?? null,
  }
}

function describeObject(region: AgreedRegion, others: readonly AgreedRegion[], raster: Raster): SceneObject {
  const noun = nounOf(region.label)
  const area = areaOf(region.box) / (raster.width * raster.height)
  const adjectives: string[] = []
  if (!people.has(noun)) {
    if (area >= largeArea) adjectives.push('large')
    if (area <= smallArea) adjectives.push('small')
    const colour = objectColour(region, others, raster)
    if (colour !== null && !noun.split(' ').includes(colour)) adjectives.push(colour)
  }
  return { region, noun, adjectives, area }
}

/**
 * The colour of an object, or null when it is not clear: one name holds most of the middle of its box, pixels that a
 * smaller box covers are left out, and the surroundings have another colour (else it may be the background seen between).
 */
function objectColour(region: AgreedRegion, others: readonly AgreedRegion[], raster: Raster): ColourName | null {
  if (seeThrough.has(nounOf(region.label))) return null
  const inner = gridPixels(raster, resized(region.box, 0.6))
  const covering = others.filter((other) => other !== region && areaOf(other.box) <= areaOf(region.box))
  const own = inner.filter((pixel) => !covering.some((other) => holds(other.box, pixel)))
  if (own.length < 16 || own.length < inner.length / 2) return null
  const colour = dominantColour(raster, own, objectColourShare)
  if (colour === null) return null
  const around = gridPixels(raster, resized(region.box, 1.4)).filter((pixel) => !holds(region.box, pixel))
  return dominantColour(raster, around, 0.4)?.name === colour.name ? null : colour.name
}

function groupByNoun(objects: readonly SceneObject[]): SceneGroup[] {
  const groups = new Map<string, SceneObject[]>()
  for (const object of objects) {
    const group = groups.get(object.noun)
    if (group === undefined) groups.set(object.noun, [object])
    else group.push(object)
  }
  return [...groups].map(([noun, members]) => ({ noun, objects: members }))
}

/** Top to bottom in lines, then left to right: two texts share a line when their middles are within half a height. */
function inReadingOrder(texts: readonly AgreedRegion[]): AgreedRegion[] {
  const lines: AgreedRegion[][] = []
  for (const text of [...texts].sort((one, other) => middle(one) - middle(other) || compareIds(one, other))) {
    const line = lines.at(-1)
    const head = line?.[0]
    const sameLine = head !== undefined && middle(text) - middle(head) < (head.box[3] - head.box[1]) / 2
    if (sameLine) line?.push(text)
    else lines.push([text])
  }
  return lines.flatMap((line) => line.sort((one, other) => one.box[0] - other.box[0] || compareIds(one, other)))
}

function byProminence(one: SceneObject, other: SceneObject): number {
  return other.area - one.area || compareIds(one.region, other.region)
}

function compareIds(one: AgreedRegion, other: AgreedRegion): number {
  if (one.region_id === other.region_id) return 0
  return one.region_id < other.region_id ? -1 : 1
}

function lightOf(lightness: number | null): 'dark' | 'bright' | null {
  if (lightness === null) return null
  if (lightness < 25) return 'dark'
  return lightness > 80 ? 'bright' : null
}

/** The box scaled about its centre. */
function resized([x1, y1, x2, y2]: Box, factor: number): Box {
  const [halfWidth, halfHeight] = [((x2 - x1) / 2) * factor, ((y2 - y1) / 2) * factor]
  const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2]
  return [x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight]
}

function holds(box: Box, [x, y]: Pixel): boolean {
  return x >= box[0] && x < box[2] && y >= box[1] && y < box[3]
}

function areaOf([x1, y1, x2, y2]: Box): number {
  return Math.max(0, x2 - x1) * Math.max(0, y2 - y1)
}

function middle(region: AgreedRegion): number {
  return (region.box[1] + region.box[3]) / 2
}
