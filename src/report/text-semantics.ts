import type { TextRow } from '../../schemas/annotation.js'
import { type Granularity, granularities } from '../../schemas/observation.js'
import { type Cell, decimal, type ReportSection, ratio, whole } from './document.js'
import { publishedSemantics, type TextMeasure, textMeasures } from './fld5b.js'
import type { Gatherer } from './report-shards.js'

/**
 * Table 3 of arXiv 2311.06242 for a run: means over the texts of a granularity, of the columns that consensus wrote. How
 * it counts objects, attributes, actions and proper nouns is its parser's definition (src/consensus/texts); the paper
 * parsed with SpaCy and measures complexity as a concept's degree in the dependency tree. A text whose column is null was
 * not parsed for it: it is left out of the mean and told in `missing`, never counted as 0.
 */
export interface GranularitySemantics {
  readonly granularity: Granularity
  readonly texts: number
  readonly measures: readonly {
    readonly measure: TextMeasure
    readonly mean: number | null
    /** Texts without the figure. */
    readonly missing: number
  }[]
}

interface Sums {
  texts: number
  readonly measures: readonly { readonly measure: TextMeasure; sum: number; known: number }[]
}

/** Adds up table 3. */
export function gatherSemantics(): Gatherer<readonly GranularitySemantics[]> {
  const byGranularity = new Map(granularities.map((granularity) => [granularity, emptySums()]))
  return {
    add: ({ annotations }) => {
      for (const row of annotations.text) addText(byGranularity.get(row.granularity) ?? emptySums(), row)
    },
    figures: () =>
      [...byGranularity].map(([granularity, { texts, measures }]) => ({
        granularity,
        texts,
        measures: measures.map(({ measure, sum, known }) => ({
          measure,
          mean: ratio(sum, known),
          missing: texts - known,
        })),
      })),
  }
}

function emptySums(): Sums {
  return { texts: 0, measures: textMeasures.map((measure) => ({ measure, sum: 0, known: 0 })) }
}

function addText(sums: Sums, row: TextRow): void {
  sums.texts += 1
  for (const each of sums.measures) {
    const value = row[each.measure]
    if (value === null) continue
    each.sum += value
    each.known += 1
  }
}

/** Table 3 beside FLD-5B's. */
export function semanticsSection(semantics: readonly GranularitySemantics[]): ReportSection {
  const rows = semantics.map(({ granularity, texts, measures }): Cell[] => [
    name(granularity),
    whole(texts),
    ...measures.map(({ measure, mean }) => ({
      value: decimal(mean),
      beside: decimal(publishedSemantics[granularity][measure]),
    })),
  ])
  const incomplete = semantics.flatMap(missingText)
  return {
    title: 'What the texts hold',
    paragraphs: [],
    tables: [
      {
        title: 'Table 3 of the Florence-2 paper',
        columns: ['texts', 'count', ...textMeasures.map(name)],
        rows,
        notes: [
          "Means per text, FLD-5B's beside them. The paper parsed with SpaCy: counts of another parser differ for the same text.",
          ...(incomplete.length === 0 ? [] : [`Not known, and left out of the means: ${incomplete.join('; ')}.`]),
        ],
      },
    ],
    plots: [],
  }
}

/** Which figures how many texts lack: those that equally many lack together. */
function missingText({ granularity, texts, measures }: GranularitySemantics): string[] {
  const byCount = new Map<number, TextMeasure[]>()
  for (const { measure, missing } of measures) {
    if (missing > 0) byCount.set(missing, [...(byCount.get(missing) ?? []), measure])
  }
  return [...byCount].map(([missing, lacked]) => {
    const of = missing === texts ? `all ${whole(texts)}` : `${whole(missing)} of ${whole(texts)}`
    return `${lacked.map(name).join(', ')} of ${of} ${name(granularity)} texts`
  })
}

function name(word: string): string {
  return word.replaceAll('_', ' ')
}
