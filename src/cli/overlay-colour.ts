/** Colours of one label: `line` on the photograph, `ink` on top of `line`, `light` on a dark panel. CSS hex. */
export interface LabelColours {
  readonly line: string
  readonly ink: string
  readonly light: string
}

/** The colours of all text regions. */
export const textColours: LabelColours = { line: '#00c2d1', ink: '#06222a', light: '#5be3ee' }

/** Hues that the eye tells apart, in degrees: wider steps among the greens, where it tells apart less. */
const hues = [2, 24, 42, 58, 84, 128, 158, 206, 226, 262, 290, 322, 342]

/** The same colours for a label in every picture. */
export function labelColours(label: string): LabelColours {
  const hash = fnv1a(label)
  const hue = hues[hash % hues.length] ?? 0
  const saturation = 0.78 + 0.2 * ((hash >>> 8) % 2)
  const line = rgbOf(hue, saturation, 0.44 + 0.11 * ((hash >>> 12) % 3))
  return {
    line: hex(line),
    ink: luminance(line) > 0.3 ? '#101214' : '#ffffff',
    light: hex(rgbOf(hue, saturation, 0.74)),
  }
}

/** 32-bit FNV-1a over UTF-16 code units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}

/** HSL (degrees, 0-1, 0-1) to RGB, 0-1 each. */
function rgbOf(hue: number, saturation: number, lightness: number): [number, number, number] {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const channel = (offset: number) => {
    const turn = (offset + hue / 30) % 12
    return lightness - reach * Math.max(-1, Math.min(turn - 3, 9 - turn, 1))
  }
  return [channel(0), channel(8), channel(4)]
}

/** Relative luminance by WCAG 2.1. */
function luminance(rgb: [number, number, number]): number {
  const [r, g, b] = rgb.map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  return 0.2126 * (r ?? 0) + 0.7152 * (g ?? 0) + 0.0722 * (b ?? 0)
}

function hex(rgb: [number, number, number]): string {
  return `#${rgb
    .map((value) =>
      Math.round(value * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}
