import type { LabelledBox, SourceLabels } from './source.js'

/** A row of a manifest as it was read: column or key to value. */
export type ManifestFields = Readonly<Record<string, unknown>>

type Numbers = readonly [number, number, number, number]

function fourNumbers(value: unknown): Numbers | null {
  if (!Array.isArray(value) || value.length !== 4) return null
  const [a, b, c, d] = value.map((each: unknown) => (typeof each === 'number' ? each : Number.NaN))
  if (a === undefined || b === undefined || c === undefined || d === undefined) return null
  return [a, b, c, d].every(Number.isFinite) ? [a, b, c, d] : null
}

/** What a box looks like, for notes. */
const boxShape = '{"label": "dog", "xyxy": [x1, y1, x2, y2]}, or xywh, with four numbers'

/** How much of a value a note tells. */
const valueShown = 80

/** A note on a label: where in its row it stands, what was there, and what is allowed. */
function note(field: string, value: unknown, allowed: string): string {
  const text = JSON.stringify(value) ?? String(value)
  return `${field} is ${text.length <= valueShown ? text : `${text.slice(0, valueShown - 1)}…`}, allowed is ${allowed}`
}

/** One box; a string says what was allowed. */
function readBox(value: unknown): LabelledBox | string {
  if (typeof value !== 'object' || value === null) return boxShape
  const { label, xyxy, xywh, is_group, group, iscrowd }: ManifestFields = { ...value }
  if (typeof label !== 'string' || label.trim() === '') return `${boxShape}; it has no label`
  const isGroup = readFlag(is_group ?? group ?? iscrowd ?? false)
  if (isGroup === null) return 'true or false, 1 or 0, for is_group'
  const named = { label: label.trim(), ...(isGroup ? { is_group: true as const } : {}) }
  const corners = fourNumbers(xyxy)
  if (corners !== null) return { ...named, box: corners }
  const sized = fourNumbers(xywh)
  if (sized === null) return boxShape
  const [x, y, width, height] = sized
  return { ...named, box: [x, y, x + width, y + height] }
}

/** COCO and Open Images write 0 and 1. Open Images has -1 for what nobody looked at: no group as far as is known. */
function readFlag(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value
  return value === 0 || value === 1 || value === -1 ? value === 1 : null
}

/** The value itself, or, where a column can only hold text, the JSON that the text is. */
function unpack(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** Null where there is no list: what is in the image is not known. */
function readBoxes(value: unknown, notes: string[]): LabelledBox[] | null {
  const list = unpack(value)
  if (!Array.isArray(list)) {
    notes.push(note('boxes', list, `a list of ${boxShape}`))
    return null
  }
  return list.flatMap((each: unknown, index): LabelledBox[] => {
    const box = readBox(each)
    if (typeof box !== 'string') return [box]
    notes.push(note(`boxes[${index}]`, each, box))
    return []
  })
}

function readTexts(name: string, value: unknown, notes: string[]): string[] {
  const unpacked = unpack(value)
  const list: unknown[] = Array.isArray(unpacked) ? unpacked : [unpacked]
  return list.flatMap((each, index) => {
    if (typeof each === 'string') return [each]
    const field = Array.isArray(unpacked) ? `${name}[${index}]` : name
    notes.push(note(field, each, 'a text, or a list of texts'))
    return []
  })
}

function readSize(fields: ManifestFields): SourceLabels['drawn_on'] {
  const [width, height] = [Number(fields.width), Number(fields.height)]
  return Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 ? { width, height } : null
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** At most so many notes on one image's labels: the rest is counted. */
const notesKept = 5

function shorten(notes: readonly string[]): string[] {
  if (notes.length <= notesKept) return [...notes]
  return [...notes.slice(0, notesKept), `and ${notes.length - notesKept} more`]
}

/**
 * The labels of a manifest's row; null where it has none. Fields, all optional, other ones are left alone:
 * - `boxes`: a list of `{"label": "dog", "xyxy": [x1, y1, x2, y2]}` or `{"label": "dog", "xywh": [x, y, width, height]}`,
 *   pixels of the image after EXIF orientation, from its top left; in CSV the same as JSON text; with `is_group`, `group`
 *   or `iscrowd` true (or 1) for one box around many; `[]` says that somebody looked and found nothing, and left out, that
 *   nobody looked;
 * - `captions` (or `caption`): a text or a list of texts; in CSV a text, or a list as JSON text;
 * - `alt_text`: a text;
 * - `width`, `height`: of the picture that the boxes were drawn on; where the image has another size they are left out.
 * What cannot be read becomes a note, not an error: `place` says of which row of which file.
 */
export function readLabels(fields: ManifestFields, place: string): SourceLabels | null {
  const notes: string[] = []
  const { boxes, captions, caption, alt_text } = fields
  if (![boxes, captions, caption, alt_text].some(isGiven)) return null
  const texts = [
    ...(isGiven(captions) ? readTexts('captions', captions, notes) : []),
    ...(isGiven(caption) ? readTexts('caption', caption, notes) : []),
  ]
  if (isGiven(alt_text) && typeof alt_text !== 'string') notes.push(note('alt_text', alt_text, 'a text'))
  return {
    boxes: isGiven(boxes) ? readBoxes(boxes, notes) : null,
    captions: texts,
    alt_text: typeof alt_text === 'string' && alt_text !== '' ? alt_text : null,
    drawn_on: readSize(fields),
    notes: shorten(notes).map((each) => `${place}: ${each}`),
  }
}
