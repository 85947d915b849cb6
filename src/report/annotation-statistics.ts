import type { TextRow } from '../../schemas/annotation.js'
import { countWords } from '../../schemas/count-words.js'
import { type Cell, decimal, inMillions, type ReportSection, ratio, whole } from './document.js'
import { type AnnotationType, annotationTypes, publishedImages, publishedStatistics } from './fld5b.js'
import type { Gatherer, ReportShard } from './report-shards.js'

/**
 * Table 2 of arXiv 2311.06242 for a run. The paper does not define its columns; ours are:
 *
 * - `image_annotations`: for texts, rows of the table `text` of this granularity (several of one image are several). For
 *   region-text pairs, images with at least one region that has this text. For triplets, texts of this granularity with at
 *   least one phrase that stands for a region.
 * - `tokens`: mean words (`countWords`, as the column `tokens`) of those texts. The paper's tokens may be a tokenizer's:
 *   then its figures are a little higher for the same text.
 * - `regions`: region-text pairs (objects and read texts; `phrase` is the category or what was read, `brief` the caption of
 *   the crop), or pairs of a phrase and a region: a phrase with two boxes counts twice, a box with two phrases too.
 * - `regions_per_annotation`: regions / image annotations. The paper may also count images without any.
 * - `regional_tokens`: mean words of the region's text, or of the phrase, over those regions.
 *
 * A mean over nothing is null, never 0.
 */
export interface TypeStatistics {
  readonly type: AnnotationType
  readonly image_annotations: number
  readonly tokens: number | null
  readonly regions: number | null
  readonly regions_per_annotation: number | null
  readonly regional_tokens: number | null
}

interface Sums {
  annotations: number
  tokens: number
  regions: number
  regionalTokens: number
}

/** Adds up table 2. */
export function gatherAnnotations(): Gatherer<readonly TypeStatistics[]> {
  const sums = new Map(annotationTypes.map((type) => [type, emptySums()]))
  const sumsOf = (type: AnnotationType) => sums.get(type) ?? emptySums()
  return {
    add: (shard) => {
      addTexts(shard, sumsOf)
      addRegions(shard, sumsOf)
      addTriplets(shard, sumsOf)
    },
    figures: () => annotationTypes.map((type) => statisticsOf(type, sumsOf(type))),
  }
}

function emptySums(): Sums {
  return { annotations: 0, tokens: 0, regions: 0, regionalTokens: 0 }
}

type SumsOf = (type: AnnotationType) => Sums

function addTexts({ annotations }: ReportShard, sumsOf: SumsOf): void {
  for (const { granularity, tokens } of annotations.text) {
    const sums = sumsOf(`text ${granularity}`)
    sums.annotations += 1
    sums.tokens += tokens
  }
}

function addRegions({ annotations }: ReportShard, sumsOf: SumsOf): void {
  const images = { phrase: new Set<string>(), brief: new Set<string>() }
  for (const { image_id, phrase, brief_text } of annotations.region_text) {
    for (const [text, type] of [
      [phrase, 'phrase'],
      [brief_text, 'brief'],
    ] as const) {
      if (text === null) continue
      const sums = sumsOf(`region_text ${type}`)
      sums.regions += 1
      sums.regionalTokens += countWords(text)
      images[type].add(image_id)
    }
  }
  sumsOf('region_text phrase').annotations += images.phrase.size
  sumsOf('region_text brief').annotations += images.brief.size
}

function addTriplets({ annotations }: ReportShard, sumsOf: SumsOf): void {
  const texts = new Map<string, TextRow>(annotations.text.map((text) => [text.text_id, text]))
  const grounded = new Set<string>()
  for (const { text_id, phrase } of annotations.phrase_region) {
    const text = texts.get(text_id)
    if (text === undefined) continue
    const sums = sumsOf(`triplet ${text.granularity}`)
    sums.regions += 1
    sums.regionalTokens += countWords(phrase)
    if (grounded.has(text_id)) continue
    grounded.add(text_id)
    sums.annotations += 1
    sums.tokens += text.tokens
  }
}

function statisticsOf(type: AnnotationType, { annotations, tokens, regions, regionalTokens }: Sums): TypeStatistics {
  const hasRegions = !type.startsWith('text')
  return {
    type,
    image_annotations: annotations,
    tokens: type.startsWith('region_text') ? null : ratio(tokens, annotations),
    regions: hasRegions ? regions : null,
    regions_per_annotation: hasRegions ? ratio(regions, annotations) : null,
    regional_tokens: hasRegions ? ratio(regionalTokens, regions) : null,
  }
}

/** Table 2 beside FLD-5B's. `images`: those of the committed shards. */
export function annotationSection(statistics: readonly TypeStatistics[], images: number): ReportSection {
  const rows = statistics.map((ours): Cell[] => {
    const theirs = publishedStatistics[ours.type]
    return [
      typeName(ours.type),
      beside(whole(ours.image_annotations), inMillions(theirs.image_annotations)),
      beside(decimal(ratio(ours.image_annotations, images)), decimal(theirs.image_annotations / publishedImages)),
      ...besideDecimal(ours.tokens, theirs.tokens),
      theirs.regions === null ? null : beside(whole(ours.regions), inMillions(theirs.regions)),
      ...besideDecimal(ours.regions_per_annotation, theirs.regions_per_annotation),
      ...besideDecimal(ours.regional_tokens, theirs.regional_tokens),
    ]
  })
  const columns = ['annotations', 'per image', 'tokens', 'regions', 'regions each', 'regional tokens']
  const notes = [
    "Each figure is this run's, FLD-5B's beside it. The paper does not define its columns; ours are these.",
    'Annotations: texts; images with a region that has such a text; texts with a phrase that stands for a region.',
    'Regions: region-text pairs (objects and read texts), or pairs of a phrase and a region. Tokens are words.',
  ]
  return {
    title: 'Annotations by type',
    paragraphs: [],
    tables: [{ title: 'Table 2 of the Florence-2 paper', columns: ['type', ...columns], rows, notes }],
    plots: [],
  }
}

function typeName(type: AnnotationType): string {
  const [kind = '', text = ''] = type.split(' ')
  return `${kind.replace('_', '-')}, ${text.replace('_', ' ')}`
}

function beside(value: string | null, theirs: string | null): Cell {
  return { value, beside: theirs }
}

function besideDecimal(ours: number | null, theirs: number | null): Cell[] {
  return [theirs === null ? null : beside(decimal(ours), decimal(theirs))]
}
