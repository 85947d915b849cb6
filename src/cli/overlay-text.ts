import { createRequire } from 'node:module'
import sharp from 'sharp'

/** Rendered text with a transparent background, cropped to its ink. */
export interface TextImage {
  /** PNG. */
  readonly png: Buffer
  /** Pixels. */
  readonly width: number
  readonly height: number
}

export interface TextStyle {
  /** Pixels. */
  readonly size: number
  /** CSS colour. */
  readonly colour: string
  readonly bold?: boolean
  /** Lines are wrapped at words to this width in pixels; one line when absent. */
  readonly wrapAt?: number
}

/**
 * Draws text with the DejaVu Sans of the npm package, so that it looks the same on a machine without any font.
 * `markup` is Pango markup: escape what users wrote with `escapeMarkup`.
 */
export async function renderText(markup: string, style: TextStyle): Promise<TextImage> {
  const bold = style.bold === true
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${style.colour}">${markup}</span>`,
      font: `DejaVu Sans${bold ? ' Bold' : ''} ${style.size}`,
      fontfile: fontFile(bold ? 'DejaVuSans-Bold.ttf' : 'DejaVuSans.ttf'),
      dpi: 72,
      rgba: true,
      spacing: Math.round(style.size * 0.25),
      ...(style.wrapAt === undefined ? {} : { width: Math.floor(style.wrapAt), wrap: 'word-char' as const }),
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true })
  return { png: data, width: info.width, height: info.height }
}

/** Any text as Pango markup: entities for its special characters, a space for each character that cannot be drawn. */
export function escapeMarkup(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

function fontFile(name: string): string {
  return createRequire(import.meta.url).resolve(`dejavu-fonts-ttf/ttf/${name}`)
}
