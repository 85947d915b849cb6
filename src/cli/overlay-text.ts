import { existsSync } from 'node:fs'
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
 * Draws text with the DejaVu Sans of the npm package, so that it needs no font of the machine; writing systems that
 * DejaVu lacks (Chinese, Japanese, Korean) are drawn with the machine's fonts where it has them.
 * `markup` is Pango markup: escape what users wrote with `escapeMarkup`.
 */
export async function renderText(markup: string, style: TextStyle): Promise<TextImage> {
  knownFonts ??= knowFonts()
  await knownFonts
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="${style.colour}">${markup}</span>`,
      font: `DejaVu Sans${style.bold === true ? ' Bold' : ''} ${style.size}`,
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

const systemFonts = '/etc/fonts/fonts.conf'

/** Both weights, once for the process: what libvips was shown a font file for, it can draw from then on. */
let knownFonts: Promise<void> | undefined

/** Markup may mix weights, and a text is rendered with one font file: so both are shown to libvips beforehand. */
async function knowFonts(): Promise<void> {
  const { resolve } = createRequire(import.meta.url)
  const { env } = process
  if (process.platform === 'linux' && !env.FONTCONFIG_FILE && !env.FONTCONFIG_PATH && !existsSync(systemFonts)) {
    // Any configuration will do; without one, fontconfig complains on standard error.
    env.FONTCONFIG_FILE = resolve('dejavu-fonts-ttf/fontconfig/57-dejavu-sans.conf')
  }
  for (const file of ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf']) {
    const fontfile = resolve(`dejavu-fonts-ttf/ttf/${file}`)
    await sharp({ text: { text: '.', font: 'DejaVu Sans 8', fontfile } })
      .raw()
      .toBuffer()
  }
}
