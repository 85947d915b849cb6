import { type LabelRow, labelTable } from '../../../../schemas/vocabularies/index.js'
import { singular } from '../parsing/lemmas.js'

/** Words by which a picture is described in English beside the names of things: articles, places, numbers, sizes, colours. */
const describing =
  `a an and are as at background behind below beside between both bottom bright by center centre dark each foreground from front
  group has have image in into is it its large left light many middle mostly more near next object of on one other over pair
  person people photo picture right several show shows sign small some that the their them there these this three through to
  together top two under up upon very view water which while who with
  zero four five six seven eight nine ten eleven twelve
  black blue brown gold golden gray green grey orange pink purple red silver tan white yellow
  another above across along around against all holding looking playing reads riding sitting standing text walking wearing`.split(
    /\s+/,
  )

/** With each word of the label table's names: made when the first text is looked at. */
let words: ReadonlySet<string> | null = null

function knownWords(): ReadonlySet<string> {
  words ??= new Set([...describing, ...labelTable.flatMap(namesOf).flatMap((name) => name.match(/[a-z]+/g) ?? [])])
  return words
}

function namesOf({ name, synonyms }: LabelRow): string[] {
  return [name, ...Object.keys(synonyms)]
}

/**
 * Whether every word of a text, if any, is one by which pictures are described in English, or of a label's name: then no language
 * detector has to be asked, which takes long and is at its weakest over short lists of things.
 */
export function isPlainEnglish(text: string): boolean {
  if (!/^[\x20-\x7e\n]*$/.test(text)) return false
  const known = knownWords()
  const said = text.toLowerCase().match(/[a-z]+/g) ?? []
  return said.every((word) => known.has(word) || singulars(word).some((one) => known.has(one)))
}

/** What a word may be the plural of, by any rule. */
function singulars(word: string): string[] {
  return [singular(word), word.replace(/s$/, ''), word.replace(/es$/, '')]
}
