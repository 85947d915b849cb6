import { FldError } from '../errors.js'

/** The vocabularies of detectors, by the names that a pack uses. */
export type VocabularyName = 'coco80' | 'lvis' | 'objects365' | 'openimages' | 'voc21'

const synonymSources = ['coco', 'voc', 'objects365', 'openimages', 'lvis', 'common'] as const
/**
 * Where a synonym was met: a class of the data set (of LVIS also the synonyms that it publishes with a class), the first
 * of them where there are several; `common` for everyday English.
 */
export type SynonymSource = (typeof synonymSources)[number]

/** One row of the label table: a canonical name, what is wider, and the other names that mean the same things. */
export interface LabelRow {
  readonly name: string
  /** Canonical names of the rows right above it; several where it is two things at once (a knife is a weapon too). */
  readonly parents: readonly string[]
  /** Other names and where each was met, in the spelling that `normaliseLabel` gives. */
  readonly synonyms: Readonly<Record<string, SynonymSource>>
  /** Names that stand for this row in one vocabulary only: a `mouse` of Open Images is the animal. */
  readonly homonyms: Readonly<Partial<Record<VocabularyName, readonly string[]>>>
}

/**
 * The rows of an outline, in its order. A line is a row; what stands two spaces further in is narrower than the line above:
 *
 *     land vehicle
 *       car = auto ; lvis: automobile
 *         taxi = cab < road vehicle
 *       mouse ; in openimages: rodent
 *
 * Behind `=` stand everyday synonyms, behind `lvis:` (or another source) those met there, behind `in <vocabulary>:` names
 * that mean this row in that vocabulary only, behind `<` further parents. Throws FldError `internal` that names the line.
 */
export function parseLabelRows(outline: string): LabelRow[] {
  const rows: LabelRow[] = []
  const above: string[] = []
  for (const line of outline.split('\n')) {
    if (line.trim() === '') continue
    const depth = (line.length - line.trimStart().length) / 2
    if (!Number.isInteger(depth) || depth > above.length) throw malformed(line, 'its indentation fits no row above it')
    above.length = depth
    const row = parseRow(line, above.slice(-1))
    above.push(row.name)
    rows.push(row)
  }
  return rows
}

function parseRow(line: string, above: readonly string[]): LabelRow {
  const [said = '', wider = '', ...more] = line.trim().split(' < ')
  if (more.length > 0) throw malformed(line, 'it has two lists of parents')
  const [names = '', ...groups] = said.split(' ; ')
  const [name = '', common = ''] = names.split(' = ')
  const synonyms: Record<string, SynonymSource> = {}
  for (const synonym of listed(common)) synonyms[synonym] = 'common'
  const homonyms: Partial<Record<VocabularyName, readonly string[]>> = {}
  for (const group of groups) {
    const [head = '', members = ''] = group.split(': ')
    const source = synonymSources.find((each) => each === head)
    const vocabulary = vocabularyAt(head)
    if (vocabulary !== undefined) homonyms[vocabulary] = listed(members)
    else if (source !== undefined) for (const synonym of listed(members)) synonyms[synonym] = source
    else throw malformed(line, `"${head}" is none of ${synonymSources.join(', ')}, nor "in" and a vocabulary`)
  }
  return { name, parents: [...above, ...listed(wider)], synonyms, homonyms }
}

function vocabularyAt(head: string): VocabularyName | undefined {
  const names: readonly VocabularyName[] = ['coco80', 'lvis', 'objects365', 'openimages', 'voc21']
  return names.find((name) => head === `in ${name}`)
}

function listed(members: string): string[] {
  return members === '' ? [] : members.split(', ')
}

function malformed(line: string, why: string): FldError {
  return new FldError('internal', `label table, line "${line.trim()}": ${why}`, { details: { line } })
}
