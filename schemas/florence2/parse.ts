import type { Florence2Answer, LabelledBox, LabelledPolygons, LabelledQuad } from './answer.js'
import {
  type AnswerChunk,
  type AnswerToken,
  bareChunks,
  missingSize,
  phraseChunks,
  pointsAt,
  runOf,
  tokenRuns,
  unwrapped,
} from './answer-tokens.js'
import { leadingSpace, strip, toAscii } from './python-text.js'
import type { ImageSize } from './quantizer.js'
import type { Florence2Task } from './tasks.js'
import { ungroundedPhrases } from './ungrounded-phrases.js'

/**
 * What a generated text says: the answers of Hugging Face's `Florence2PostProcessor`, coordinates kept as floats. It takes
 * any text: what fits no pattern is no part of the answer. Time grows with the length of the text alone. Throws FldError
 * `config_invalid` where a size is needed and null, or a location is beyond an int64.
 */
export function parseAnswer(task: Florence2Task, text: string, size: ImageSize | null): Florence2Answer {
  const body = unwrapped(text)
  switch (task) {
    case 'OD':
    case 'DENSE_REGION_CAPTION':
      return { kind: 'boxes', boxes: boxesOf(phraseChunks(body, { marks: false }), size) }
    case 'REGION_PROPOSAL':
      return { kind: 'boxes', boxes: boxesOf(bareChunks(body, { marks: false }), size) }
    case 'CAPTION_TO_PHRASE_GROUNDING':
      return { kind: 'boxes', boxes: boxesOf(phraseChunks(body, { marks: false }), size, ungroundedPhrases) }
    case 'OCR_WITH_REGION':
      return { kind: 'quads', quads: quadsOf(body, size) }
    case 'REFERRING_EXPRESSION_SEGMENTATION':
    case 'REGION_TO_SEGMENTATION':
      return { kind: 'polygons', instances: instancesOf(bareChunks(body, { marks: true }), size) }
    case 'OPEN_VOCABULARY_DETECTION':
      // As it was generated: what only the unwrapping puts together does not count.
      return text.includes('<poly>')
        ? { kind: 'boxes_or_polygons', boxes: [], instances: instancesOf(phraseChunks(body, { marks: true }), size) }
        : { kind: 'boxes_or_polygons', boxes: boxesOf(phraseChunks(body, { marks: false }), size), instances: [] }
    default:
      return { kind: 'text', text: strip(text.replaceAll('<s>', '').replaceAll('</s>', '')) }
  }
}

function boxesOf(
  chunks: readonly AnswerChunk[],
  size: ImageSize | null,
  skipped: ReadonlySet<string> = new Set(),
): LabelledBox[] {
  return chunks.flatMap((chunk) => {
    const phrase = labelOf(chunk.phrase)
    if (phrase === null || skipped.has(phrase)) return []
    return groupsOf(chunk.tokens, 4).map((tokens): LabelledBox => {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = pointsAt(tokens, size)
      return { label: toAscii(phrase), box: [x1, y1, x2, y2], locations: runOf(tokens) }
    })
  })
}

/** Without the space around it. A line break in the middle fits no pattern of the reference: null. */
function labelOf(phrase: string): string | null {
  return phrase.slice(leadingSpace(phrase)).includes('\n') ? null : strip(phrase)
}

/** Of `size` tokens each; a smaller rest is left out. */
function groupsOf(tokens: readonly AnswerToken[], size: number): AnswerToken[][] {
  const groups = Math.floor(tokens.length / size)
  return Array.from({ length: groups }, (_, group) => tokens.slice(group * size, (group + 1) * size))
}

const quadNumbers = 8

/** Text of one line followed by eight locations; where they follow nothing, the first of more than eight counts as the text. */
function quadsOf(text: string, size: ImageSize | null): LabelledQuad[] {
  if (size === null) throw missingSize()
  const quads: LabelledQuad[] = []
  let from = 0
  for (const run of tokenRuns(text, { marks: false })) {
    for (let at = 0; at + quadNumbers <= run.length; ) {
      const tokens = run.slice(at, at + quadNumbers)
      const start = tokens[0]?.start ?? 0
      from += text.slice(from, start).lastIndexOf('\n') + 1
      if (start <= from) {
        at += 1
        continue
      }
      quads.push({ label: strip(text.slice(from, start)), quad: pointsAt(tokens, size), locations: runOf(tokens) })
      from = tokens.at(-1)?.end ?? start
      at += quadNumbers
    }
  }
  return quads
}

/** What the phrase of a polygon ends before. */
const phraseEnds = /<\/?(?:od|box|bbox)>|<loc_|<poly>/

function instancesOf(chunks: readonly AnswerChunk[], size: ImageSize | null): LabelledPolygons[] {
  return chunks.flatMap((chunk) => {
    const label = polygonLabel(chunk)
    if (label === null) return []
    return instanceTokens(chunk).flatMap((tokens) => {
      const outlines = outlinesOf(tokens)
      if (outlines.length === 0) return []
      const polygons = outlines.map((outline) =>
        pointsAt(outline.slice(0, outline.length - (outline.length % 2)), size),
      )
      return { label, polygons, locations: runOf(outlines.flat()) }
    })
  })
}

/** What stands before the first outline, marks included; null where no outline follows. */
function polygonLabel({ phrase, tokens }: AnswerChunk): string | null {
  const written = tokens.map((token) => token.written)
  // A location at the very beginning is no part of the phrase.
  const text = phrase + (phrase === '' && tokens[0]?.digits !== null ? written.slice(1) : written).join('')
  const start = leadingSpace(text)
  const end = text.slice(start).search(phraseEnds)
  return end === -1 ? null : labelOf(text.slice(0, start + end))
}

/** Between each `<poly>` and its `</poly>`; all of it where there is no such pair. */
function instanceTokens({ tokens }: AnswerChunk): AnswerToken[][] {
  const marks = new Set(tokens.map(({ written }) => written))
  if (!marks.has('<poly>') || !marks.has('</poly>')) return [[...tokens]]
  const instances: AnswerToken[][] = []
  let open: AnswerToken[] | null = null
  for (const token of tokens) {
    if (open === null) {
      if (token.written === '<poly>') open = []
    } else if (token.written === '</poly>') {
      instances.push(open)
      open = null
    } else open.push(token)
  }
  return instances
}

/** Locations that `<sep>` or the end follows. */
function outlinesOf(tokens: readonly AnswerToken[]): AnswerToken[][] {
  const outlines: AnswerToken[][] = []
  let outline: AnswerToken[] = []
  for (const token of tokens) {
    if (token.digits !== null) {
      outline.push(token)
      continue
    }
    if (token.written === '<sep>' && outline.length > 0) outlines.push(outline)
    outline = []
  }
  return outline.length > 0 ? [...outlines, outline] : outlines
}
