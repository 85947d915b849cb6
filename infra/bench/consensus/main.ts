import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { consensusConfigSchema } from '../../../schemas/consensus-config.js'
import { errorMessage, FldError } from '../../../schemas/errors.js'
import { coco80 } from '../../../schemas/vocabularies/index.js'
import {
  decideRegions,
  joinModels,
  nms,
  nonMaximumWeighted,
  rankCandidates,
  softNms,
  weightedBoxesFusion,
} from '../../../src/consensus/index.js'
import { type BenchImage, imagesFor, rawImages } from './bench-image.js'
import { crowdedImage, realisticImages } from './crowded-images.js'
import { processorSeconds } from './processor-time.js'

const usage = `How many boxes the consensus fuses a second on one core, and how its time grows with their number.

  npm run bench:consensus                     made detections: many images, then all in one
  npm run bench:consensus -- --raw <folder>   real ones, repeated: <folder>/<detector>.json and ground-truth.json

  --rounds <n>       rounds that a figure is the median of (7)
  --only <word>      only the methods whose name has the word
  --most <boxes>     the largest number of boxes (1000000; in one image a tenth of it)
`

const options = {
  raw: { type: 'string' },
  rounds: { type: 'string', default: '7' },
  only: { type: 'string', default: '' },
  most: { type: 'string', default: '1000000' },
  help: { type: 'boolean', default: false },
} as const

const config = consensusConfigSchema.parse({})
const soft = { iou: 0.5, sigma: 0.5, minScore: 0.001 }

interface Method {
  readonly name: string
  readonly fuse: (image: BenchImage) => unknown
  /** One of the four that `joinModels` makes ready: held to a million boxes a second. */
  readonly fusion: boolean
}

const methods: readonly Method[] = [
  { name: 'joinModels', fusion: false, fuse: ({ models }) => joinModels(models) },
  { name: 'NMS', fusion: true, fuse: ({ detections, image }) => nms(detections, { iou: 0.5, extent: image }) },
  {
    name: 'Soft-NMS linear',
    fusion: true,
    fuse: ({ detections, image }) => softNms(detections, { ...soft, decay: 'linear', extent: image }),
  },
  {
    name: 'Soft-NMS gaussian',
    fusion: true,
    fuse: ({ detections, image }) => softNms(detections, { ...soft, decay: 'gaussian', extent: image }),
  },
  {
    name: 'NMW',
    fusion: true,
    fuse: ({ detections, image }) => nonMaximumWeighted(detections, { iou: 0.55, extent: image }),
  },
  {
    name: 'WBF',
    fusion: true,
    fuse: ({ detections, image }) => weightedBoxesFusion(detections, { iou: 0.55, extent: image }),
  },
  { name: 'rankCandidates', fusion: false, fuse: ({ image, sources }) => rankCandidates({ image, sources, config }) },
  { name: 'decideRegions', fusion: false, fuse: ({ image, sources }) => decideRegions({ image, sources, config }) },
]

/** What is measured: images for each number of boxes, fewest first. */
interface Ladder {
  readonly title: string
  readonly steps: readonly { readonly images: readonly BenchImage[]; readonly boxes: number }[]
  /** Whether the fusions are held to their speed here. */
  readonly realistic: boolean
}

async function main(): Promise<void> {
  const args = parseArgs({ options }).values
  if (args.help) {
    print(usage)
    return
  }
  const [rounds, most] = [atLeast(1, '--rounds', args.rounds), atLeast(1000, '--most', args.most)]
  printLoad()
  const chosen = methods.filter(({ name }) => name.toLowerCase().includes(args.only.toLowerCase()))
  const slowest: number[] = []
  for (const ladder of await ladders(args.raw, most)) {
    print(
      `\n${ladder.title}: million boxes a second of processor time, and the power of their number that time grows by`,
    )
    print(row('', [...ladder.steps.map(({ boxes }) => boxes.toLocaleString('en')), 'growth']))
    for (const method of chosen) {
      const seconds = ladder.steps.map(({ images }) => timed(method, images, rounds))
      const rates = ladder.steps.map(({ boxes }, step) => boxes / 1e6 / (seconds[step] ?? Number.NaN))
      print(row(method.name, [...rates.map((rate) => rate.toFixed(2)), ...growth(ladder, seconds)]))
      if (ladder.realistic && method.fusion) slowest.push(rates.at(-1) ?? Number.NaN)
    }
  }
  if (slowest.length > 0) print(`\nslowest fusion: ${Math.min(...slowest).toFixed(2)} million boxes a second`)
  printLoad()
}

async function ladders(raw: string | undefined, most: number): Promise<Ladder[]> {
  const totals = [most / 100, most / 10, most]
  if (raw !== undefined) {
    const images = await rawImages(raw, coco80)
    return [{ title: 'real images', steps: totals.map((total) => imagesFor(total, images)), realistic: true }]
  }
  const images = realisticImages(most, coco80)
  const inOne = (labels: readonly string[]) =>
    [most / 1000, most / 100, most / 10].map((boxes) => {
      const image = crowdedImage(boxes, labels)
      return { images: [image], boxes: image.boxes }
    })
  return [
    { title: 'realistic images', steps: totals.map((total) => imagesFor(total, images)), realistic: true },
    { title: 'one image, 80 labels', steps: inOne(coco80), realistic: false },
    { title: 'one image, one label', steps: inOne(coco80.slice(0, 1)), realistic: false },
  ]
}

function timed({ fuse }: Method, images: readonly BenchImage[], rounds: number): number {
  const run = (): void => {
    for (const image of images) fuse(image)
  }
  return processorSeconds({ run, rounds })
}

/** From step to step the power p of boxes^p that the time grew by: 1 is linear. */
function growth({ steps }: Ladder, seconds: readonly number[]): string[] {
  return steps.slice(1).map(({ boxes }, step) => {
    const longer = (seconds[step + 1] ?? Number.NaN) / (seconds[step] ?? Number.NaN)
    return (Math.log(longer) / Math.log(boxes / (steps[step]?.boxes ?? Number.NaN))).toFixed(2)
  })
}

function atLeast(lowest: number, name: string, given: string): number {
  const value = Number(given)
  if (Number.isInteger(value) && value >= lowest) return value
  throw new FldError('config_invalid', `${name} is ${given}; allowed are whole numbers from ${lowest}`)
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(18) + cells.map((cell) => cell.padStart(11)).join('')
}

function printLoad(): void {
  print(`load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores, Node.js ${process.version}`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

main().catch((error: unknown) => {
  process.stderr.write(`${errorMessage(error)}\n`)
  process.exitCode = 1
})
