import sharp from 'sharp'
import type { PhraseRegionRow, RegionTextRow, TextRow } from '../../schemas/annotation.js'
import { granularities } from '../../schemas/observation.js'
import { labelColours, textColours } from './overlay-colour.js'
import { escapeMarkup, renderText, type TextImage } from './overlay-text.js'

export interface CaptionPanelOptions {
  readonly texts: readonly TextRow[]
  readonly phrases: readonly PhraseRegionRow[]
  readonly regions: readonly RegionTextRow[]
  /** Pixels. */
  readonly width: number
  readonly fontSize: number
}

const background = '#16181d'
const headings = { brief: 'BRIEF', detailed: 'DETAILED', more_detailed: 'MORE DETAILED' } as const

/** The texts of an image, brief first, on a dark panel as wide as the picture; phrases in the colour of their region. */
export async function renderCaptionPanel(options: CaptionPanelOptions): Promise<TextImage & { background: string }> {
  const margin = Math.round(options.fontSize * 1.2)
  const colours = new Map(
    options.regions.map((region) => [
      region.region_id,
      region.kind === 'text' ? textColours.light : labelColours(region.label ?? region.phrase).light,
    ]),
  )
  const blocks = [...options.texts]
    .sort((one, other) => granularities.indexOf(one.granularity) - granularities.indexOf(other.granularity))
    .map((text) => {
      const own = options.phrases.filter((phrase) => phrase.text_id === text.text_id)
      return `<span foreground="#8b93a1" size="72%" weight="bold">${headings[text.granularity]}</span>\n${markupOf(text.text, own, colours)}`
    })
  const text = await renderText(blocks.join('\n<span size="45%"> \n</span>'), {
    size: Math.round(options.fontSize * 1.1),
    colour: '#eceff3',
    wrapAt: Math.max(1, options.width - 2 * margin),
  })
  const height = text.height + 2 * margin
  const png = await sharp({ create: { width: options.width, height, channels: 3, background } })
    .composite([{ input: text.png, left: Math.min(margin, options.width - text.width), top: margin }])
    .png()
    .toBuffer()
  return { png, width: options.width, height, background }
}

/** The text as markup; of phrases that start at one place the first counts. */
function markupOf(text: string, phrases: readonly PhraseRegionRow[], colours: ReadonlyMap<string, string>): string {
  let markup = ''
  let end = 0
  for (const phrase of [...phrases].sort((one, other) => one.start - other.start)) {
    const colour = colours.get(phrase.region_id)
    if (phrase.start < end || colour === undefined) continue
    const words = escapeMarkup(text.slice(phrase.start, phrase.end))
    markup += `${escapeMarkup(text.slice(end, phrase.start))}<span foreground="${colour}">${words}</span>`
    end = phrase.end
  }
  return markup + escapeMarkup(text.slice(end))
}
