import sharp, { type OverlayOptions } from 'sharp'
import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import type { Raster } from '../models/pixels/raster.js'
import { throwIfAborted } from '../storage/abort.js'
import { renderCaptionPanel } from './overlay-captions.js'
import { type LabelColours, labelColours, textColours } from './overlay-colour.js'
import { placeLabel, type Rectangle } from './overlay-placement.js'
import { escapeMarkup, renderText } from './overlay-text.js'

export interface DrawOverlayOptions {
  /** Encoded bytes of the image, or its pixels. */
  readonly image: Uint8Array | Raster
  /** Boxes and quads in pixels of the original image, after EXIF orientation. */
  readonly regions: readonly RegionTextRow[]
  /** Texts to set below the picture; none when absent. */
  readonly texts?: readonly TextRow[]
  /** Phrases of those texts: each is written in the colour of its region. */
  readonly phrases?: readonly PhraseRegionRow[]
  /** Longer side of the picture in pixels: larger images are scaled down to it. */
  readonly maxSide?: number
  readonly signal?: AbortSignal
}

const doing = 'drawing the overlay'

/** Smaller images are enlarged to this, or the labels would hide them. */
const minSide = 960

/** The picture as it is drawn on. */
interface Canvas {
  readonly pixels: Buffer
  readonly width: number
  readonly height: number
  /** Drawn pixels per pixel of the original image. */
  readonly scale: number
  /** Font size and line width in drawn pixels. */
  readonly fontSize: number
  readonly stroke: number
}

/**
 * A PNG of an image with its regions drawn on it: boxes with label, score and votes, masks, the outlines of texts that were
 * read, and the texts about the image below. Throws FldError `image_refused` when the bytes are no image, `aborted`.
 */
export async function drawOverlay(options: DrawOverlayOptions): Promise<Uint8Array> {
  const { regions, texts = [], phrases = [], maxSide = 1600 } = options
  const canvas = await prepareCanvas(options.image, maxSide)
  const ordered = [...regions].sort((one, other) => areaOf(other) - areaOf(one))
  const shapes = Buffer.from(outlinesSvg(ordered, canvas))
  const labels = await drawLabels(ordered, canvas, options.signal)
  const picture = sharp(canvas.pixels, { raw: { width: canvas.width, height: canvas.height, channels: 3 } })
  const drawn = await picture
    .composite([{ input: shapes, left: 0, top: 0 }, ...labels])
    .png()
    .toBuffer()
  if (texts.length === 0) return drawn
  throwIfAborted(options.signal, doing)
  const panel = await renderCaptionPanel({ texts, phrases, regions, width: canvas.width, fontSize: canvas.fontSize })
  return await sharp(drawn)
    .extend({ bottom: panel.height, background: panel.background })
    .composite([{ input: panel.png, left: 0, top: canvas.height }])
    .png()
    .toBuffer()
}

async function prepareCanvas(image: Uint8Array | Raster, maxSide: number): Promise<Canvas> {
  const source =
    image instanceof Uint8Array
      ? sharp(image).autoOrient()
      : sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
  try {
    const { width, height } = image instanceof Uint8Array ? (await source.metadata()).autoOrient : image
    const side = Math.max(width, height)
    const scale = Math.min(Math.max(side, Math.min(minSide, maxSide)), maxSide) / side
    const [drawnWidth, drawnHeight] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
    const pixels = await source
      .resize(drawnWidth, drawnHeight, { fit: 'fill' })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .raw()
      .toBuffer()
    const longer = Math.max(drawnWidth, drawnHeight)
    const fontSize = Math.round(Math.max(13, Math.min(22, longer / 72)))
    return { pixels, width: drawnWidth, height: drawnHeight, scale, fontSize, stroke: Math.max(2, longer / 480) }
  } catch (cause) {
    throw new FldError('image_refused', 'The image to draw on cannot be decoded.', { cause })
  }
}

/** Every outline: a dark edge below a coloured line, so that it is seen on any background; text regions as quads. */
function outlinesSvg(regions: readonly RegionTextRow[], canvas: Canvas): string {
  const shapes = regions.map((region) => {
    const { line } = coloursOf(region)
    const points = cornersOf(region)
      .map(([x, y]) => `${clamp(x * canvas.scale, canvas.width)},${clamp(y * canvas.scale, canvas.height)}`)
      .join(' ')
    const polygon = (style: string) => `<polygon points="${points}" stroke-linejoin="round" ${style}/>`
    const edge = polygon(`fill="none" stroke="#000000" stroke-opacity="0.45" stroke-width="${canvas.stroke + 2}"`)
    const mask = maskPath(region, canvas.scale)
    const area = mask === null ? '' : `<path d="${mask}" fill="${line}" fill-opacity="0.35" fill-rule="evenodd"/>`
    const fill = mask === null ? (region.kind === 'text' ? 0.12 : 0.05) : 0
    return (
      area + edge + polygon(`fill="${line}" fill-opacity="${fill}" stroke="${line}" stroke-width="${canvas.stroke}"`)
    )
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${canvas.width}" height="${canvas.height}">${shapes.join('')}</svg>`
}

/** The rings of a region's mask as an SVG path; null without a mask. */
function maskPath({ polygon_points: points, polygon_rings: rings }: RegionTextRow, scale: number): string | null {
  if (points === null || rings === null) return null
  return rings
    .map((start, ring) => {
      const ends = points.slice(start * 2, (rings[ring + 1] ?? points.length / 2) * 2)
      return `M${ends.map((value) => (value * scale).toFixed(1)).join(' ')}Z`
    })
    .join('')
}

/** A chip for each region, smallest box last and so on top. */
async function drawLabels(
  regions: readonly RegionTextRow[],
  canvas: Canvas,
  signal: AbortSignal | undefined,
): Promise<OverlayOptions[]> {
  const taken: Rectangle[] = []
  const overlays: OverlayOptions[] = []
  for (const region of regions) {
    throwIfAborted(signal, doing)
    const chip = await renderChip(region, canvas)
    const place = placeLabel(drawnBox(region, canvas), chip, { picture: canvas, taken })
    taken.push(place)
    overlays.push({ input: chip.png, left: place.left, top: place.top })
  }
  return overlays
}

/** Label, score in per cent and the number of model families: "dog 91% ×3". Never larger than the picture. */
async function renderChip(region: RegionTextRow, canvas: Canvas) {
  const { line, ink } = coloursOf(region)
  const name = shorten(region.kind === 'text' ? `“${region.phrase}”` : (region.label ?? region.phrase), 40)
  const votes = region.votes > 1 ? ` ×${region.votes}` : ''
  const rest = `<span weight="normal" size="88%"> ${Math.round(region.score * 100)}%${votes}</span>`
  const text = await renderText(`${escapeMarkup(name)}${rest}`, { size: canvas.fontSize, colour: ink, bold: true })
  const pad = Math.round(canvas.fontSize * 0.35)
  const chip = { width: text.width + 2 * pad, height: Math.max(text.height, canvas.fontSize) + 2 * pad }
  const plate = `<svg xmlns="http://www.w3.org/2000/svg" width="${chip.width}" height="${chip.height}"><rect width="100%" height="100%" rx="${pad * 0.7}" fill="${line}" fill-opacity="0.94"/></svg>`
  const png = await sharp(Buffer.from(plate))
    .composite([{ input: text.png, left: pad, top: pad }])
    .png()
    .toBuffer()
  if (chip.width <= canvas.width && chip.height <= canvas.height) return { png, ...chip }
  const fitted = sharp(png).resize(canvas.width, canvas.height, { fit: 'inside', withoutEnlargement: true })
  const { data, info } = await fitted.png().toBuffer({ resolveWithObject: true })
  return { png: data, width: info.width, height: info.height }
}

function coloursOf(region: RegionTextRow): LabelColours {
  return region.kind === 'text' ? textColours : labelColours(region.label ?? region.phrase)
}

function cornersOf(region: RegionTextRow): [number, number][] {
  const { x1, y1, x2, y2, quad } = region
  const flat = quad ?? [x1, y1, x2, y1, x2, y2, x1, y2]
  return [0, 2, 4, 6].map((index) => [flat[index] ?? 0, flat[index + 1] ?? 0])
}

function drawnBox({ x1, y1, x2, y2 }: RegionTextRow, { scale }: Canvas): Rectangle {
  return { left: x1 * scale, top: y1 * scale, width: (x2 - x1) * scale, height: (y2 - y1) * scale }
}

function areaOf({ x1, y1, x2, y2 }: RegionTextRow): number {
  return (x2 - x1) * (y2 - y1)
}

/** Half a pixel from the edge at the least, so that a line along it is seen. */
function clamp(value: number, size: number): string {
  return Math.max(1, Math.min(size - 1, value)).toFixed(1)
}

function shorten(text: string, length: number): string {
  const characters = [...text]
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`
}
