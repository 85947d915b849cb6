import { isDeepStrictEqual } from 'node:util'
import type { BenchSide, Decoded, Question } from './bench-side.js'

/** What is compared, and on what. */
export interface Comparison {
  readonly title: string
  readonly sides: { readonly ours: BenchSide; readonly theirs: BenchSide }
  /** The checkpoint. */
  readonly folder: string
  readonly threads: number
  readonly images: readonly string[]
  /** One image that no side has to resize. */
  readonly ofModelSize: string
  /** How many of the images the other side is timed on. */
  readonly theirImages: number
  readonly questions: readonly Question[]
  /** Tokens of every answer. */
  readonly tokens: number
  readonly rounds: number
}

const batches = [1, 4, 8]
/** Decoding is timed by the difference of two lengths, which leaves out all that comes before the first step. */
const fewTokens = 4

/** Times both sides in turn and prints a table. */
export async function comparedSides(comparison: Comparison): Promise<void> {
  const { title, sides, folder, threads, rounds, tokens } = comparison
  const [our, their] = await inTurn(sides, (side) => side.load({ folder, threads }))
  print(`\n${title}`)
  print(`${threads} threads a side; medians of ${rounds}; loading took ${seconds(our.ms)} and ${seconds(their.ms)}`)
  row(['', 'ours', 'transformers.js', 'ratio'])
  await compareImages(comparison)
  const steps = await compareDecoding(comparison)
  await compareWhole(comparison)
  await compareIds(comparison)
  const outside = steps.stepMs - steps.graphMs
  print(
    `ours outside onnxruntime while decoding ${batches.at(-1)} rows: ${percent(outside / steps.stepMs)} of the steps ` +
      `(${outside.toFixed(0)} of ${steps.stepMs.toFixed(0)} ms in ${rounds} rounds of ${tokens} tokens)`,
  )
}

async function compareImages({ sides, images, rounds }: Comparison): Promise<void> {
  const [path = ''] = images
  const [our, their] = await inTurn(sides, (side) => side.preprocess({ path, rounds: rounds * 3 }))
  slower('preprocessing, ms/image', [median(our), median(their)])
  const first = await inTurn(sides, (side) => side.features({ paths: [path] }))
  const rest = await inTurn(sides, (side) =>
    side.features({ paths: images.slice(1, Math.max(2, Math.min(rounds, 3))) }),
  )
  slower('image features, ms/image', [median([...first[0], ...rest[0]]), median([...first[1], ...rest[1]])])
}

/** Returns our steps of the largest batch, all rounds together. */
async function compareDecoding({ sides, ofModelSize, questions, tokens, rounds }: Comparison) {
  const [question] = questions
  const steps = { stepMs: 0, graphMs: 0 }
  if (question === undefined) return steps
  for (const rows of batches) {
    const rates: [number[], number[]] = [[], []]
    const work = { path: ofModelSize, question, rows }
    // Not counted: buffers are made.
    await inTurn(sides, (side) => side.decode({ ...work, tokens: fewTokens }))
    for (let round = 0; round < rounds; round++) {
      const short = await inTurn(sides, (side) => side.decode({ ...work, tokens: fewTokens }))
      const long = await inTurn(sides, (side) => side.decode({ ...work, tokens }))
      for (const which of [0, 1] as const) rates[which].push(tokensPerSecond(short[which], long[which]))
      if (rows !== batches.at(-1)) continue
      steps.stepMs += long[0].steps?.stepMs ?? 0
      steps.graphMs += long[0].steps?.graphMs ?? 0
    }
    faster(`decoding ${rows} rows, tokens/s`, [median(rates[0]), median(rates[1])])
  }
  return steps
}

function tokensPerSecond(short: Decoded, long: Decoded): number {
  return ((long.tokens - short.tokens) / (long.ms - short.ms)) * 1000
}

async function compareWhole({ sides, images, theirImages, questions, tokens }: Comparison): Promise<void> {
  const theirPaths = images.slice(0, theirImages)
  const our = await sides.ours.answers({ paths: images, questions, tokens })
  const their = await sides.theirs.answers({ paths: theirPaths, questions, tokens })
  const name = `${questions.length} tasks of an image, images/s`
  faster(name, [(images.length / our.ms) * 1000, (theirPaths.length / their.ms) * 1000])
  print(
    `  tasks ${questions.map(({ task }) => task).join(', ')}; greedy, exactly ${tokens} tokens each; from files\n` +
      `  ours: ${images.length} images together in ${seconds(our.ms)}, ${our.tokens} tokens; transformers.js, one question ` +
      `at a time: ${theirPaths.length} images in ${seconds(their.ms)}, ${their.tokens} tokens (so ${images.length} would ` +
      `take ${seconds((their.ms / theirPaths.length) * images.length)})`,
  )
}

/** About an image that needs no resizing, where both sides see the same pixels. */
async function compareIds({ sides, ofModelSize, questions, tokens }: Comparison): Promise<void> {
  const [our, their] = await inTurn(sides, (side) => side.greedyIds({ paths: [ofModelSize], questions, tokens }))
  const differing = questions.filter((_, index) => !isDeepStrictEqual(our[index], their[index]))
  const names = differing.map(({ task }) => task).join(', ')
  print(
    `greedy ids, one row at a time, image of the model's size: ${questions.length - differing.length} of ` +
      `${questions.length} answers equal${names === '' ? '' : `; not ${names}`}`,
  )
}

/** The same work on both sides, one after the other. */
async function inTurn<Result>(
  { ours, theirs }: Comparison['sides'],
  work: (side: BenchSide) => Promise<Result>,
): Promise<[Result, Result]> {
  const our = await work(ours)
  return [our, await work(theirs)]
}

function slower(name: string, [our, their]: readonly [number, number]): void {
  row([name, our, their, their / our])
}

function faster(name: string, [our, their]: readonly [number, number]): void {
  row([name, our, their, our / their])
}

function row(cells: readonly (string | number)[]): void {
  const shown = cells.map((cell, index) => {
    const text = typeof cell === 'number' ? cell.toFixed(cell < 0.1 ? 4 : cell < 10 ? 2 : 1) : cell
    return index === 0 ? text.padEnd(34) : text.padStart(16)
  })
  print(shown.join(' '))
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}
