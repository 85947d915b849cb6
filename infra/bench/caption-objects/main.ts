/**
 * How well the text parser finds the objects that captions name, against the classes that the images are labelled with.
 *
 *   npm run bench:caption-objects -- --captions captions_a.json --instances instances_a.json [--captions .. --instances ..]
 */
import { parseArgs } from 'node:util'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { labelTableVersion } from '../../../schemas/vocabularies/index.js'
import { type ParsedText, parseText } from '../../../src/consensus/index.js'
import { type Agreement, agreement, most, precision, recall } from './agreement.js'
import { type CaptionedSet, readCaptionedSet } from './captioned-images.js'
import { namedClasses } from './named-classes.js'

const several = { type: 'string', multiple: true, default: [] as string[] } as const
const { values } = parseArgs({ options: { captions: several, instances: several } })

async function main(): Promise<void> {
  if (values.captions.length === 0 || values.captions.length !== values.instances.length) {
    throw new FldError('config_invalid', 'give --captions and --instances, as many of the one as of the other')
  }
  const sets: CaptionedSet[] = []
  for (const [index, captions] of values.captions.entries()) {
    sets.push(await readCaptionedSet({ captions, instances: values.instances[index] ?? '' }))
  }
  parseText('The parser loads its model.')
  const texts = sets.flatMap(({ images }) => images.flatMap(({ captions }) => captions))
  const started = performance.now()
  const parsed = texts.map(parseText)
  const seconds = (performance.now() - started) / 1000
  const images = sets.reduce((count, set) => count + set.images.length, 0)
  print(`${texts.length} captions of ${images} images, label table ${labelTableVersion}`)
  print(`parsed once each: ${Math.round(texts.length / seconds)} texts/s`)
  printAgreement('each caption', agreement(sets.flatMap(perCaption)))
  printAgreement('the captions of an image together', agreement(sets.flatMap(perImage)))
  printCounts(parsed)
}

function perCaption({ images, vocabulary }: CaptionedSet) {
  return images.flatMap(({ captions, classes }) =>
    captions.map((text) => ({ named: namedClasses(parseText(text), vocabulary), there: classes })),
  )
}

function perImage({ images, vocabulary }: CaptionedSet) {
  return images.map(({ captions, classes }) => ({
    named: new Set(captions.flatMap((text) => [...namedClasses(parseText(text), vocabulary)])),
    there: classes,
  }))
}

function printAgreement(name: string, counts: Agreement): void {
  print(`\n${name}: recall ${recall(counts).toFixed(3)}, precision ${precision(counts).toFixed(3)}`)
  print(`  most missed: ${most(counts.missed, 15)}`)
  print(`  most invented: ${most(counts.invented, 15)}`)
}

/** The paper's table 3 for brief texts (Florence-2, arXiv 2311.06242), whose parser is another. */
const published: readonly [string, (text: ParsedText) => number, number][] = [
  ['objects', ({ objects }) => objects.length, 3.23],
  ['attributes', ({ attributes }) => attributes.length, 2.8],
  ['actions', ({ actions }) => actions.length, 0.58],
  ['proper nouns', ({ proper_nouns }) => proper_nouns.length, 1.1],
  ['object complexity', ({ object_complexity }) => object_complexity, 2.8],
  ['action complexity', ({ action_complexity }) => action_complexity, 1.14],
]

function printCounts(parsed: readonly ParsedText[]): void {
  print('\nmean per caption         here  FLD-5B brief')
  for (const [name, count, theirs] of published) {
    const mean = parsed.reduce((sum, text) => sum + count(text), 0) / parsed.length
    print(`${name.padEnd(22)} ${mean.toFixed(2).padStart(6)} ${theirs.toFixed(2).padStart(13)}`)
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
})
