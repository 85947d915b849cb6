import type { ImageObservations, Observation } from '../../schemas/observation.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { annotateImages } from '../annotate/annotate-images.js'
import type { Annotator, AnnotatorInput } from '../annotate/contract.js'
import { loadAnnotator } from '../annotate/load-annotator.js'
import { annotatorModule } from '../annotate/registry.js'
import { findAnnotator } from './annotator-file.js'
import { annotatorSurroundings } from './annotator-surroundings.js'
import { type DecidedFinder, decidedFinder } from './decided-file.js'
import { withEndpointModel } from './endpoint-model.js'
import { readEnvironment } from './environment.js'
import { exitCodes } from './exit-code.js'
import { columns } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { type PictureFile, pictureFiles, readPicture } from './picture-files.js'
import { pullReporter } from './pull-view.js'
import type { WorkerFlags } from './worker-flags.js'

/** The options of `fld annotate`. */
export interface AnnotateFlags extends WorkerFlags {
  readonly images: readonly string[]
  readonly json?: boolean
  readonly batch: number
  readonly text?: readonly string[]
  readonly decided?: string
}

/** Runs one annotator over files, a batch at a time, and prints what it says of each. Returns the exit code. */
export async function annotateFiles(annotator: string, flags: AnnotateFlags): Promise<number> {
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping\n'))
  try {
    const environment = readEnvironment()
    const pull = { ...(await environment.pullOptions()), onProgress: pullReporter(), signal: interrupt.soon }
    const paths = await pictureFiles(flags.images)
    const decidedOf = await decidedFinder(flags, paths)
    const { entry: found, files } = await findAnnotator(annotator, pull)
    const entry = withEndpointModel(found, environment.endpointModel)
    const { needs } = annotatorModule(annotatorRegistry, entry.annotator, `"${annotator}"`)
    if (needs !== 'image' && flags.text === undefined && flags.decided === undefined) {
      process.stderr.write(
        `${entry.annotator} looks at ${needs} that are decided: give them with --text or --decided\n`,
      )
    }
    const surroundings = await annotatorSurroundings(environment, flags)
    try {
      const loaded = await loadAnnotator({ entry, registry: annotatorRegistry, files, ...surroundings })
      const faults = await annotateAll(loaded, { paths, decidedOf, name: entry.name, flags, signal: interrupt.soon })
      return faults > 0 ? exitCodes.finishedWithFaults : exitCodes.ok
    } finally {
      await surroundings.sessions.close()
    }
  } finally {
    interrupt.release()
  }
}

interface AllFiles {
  readonly paths: readonly string[]
  readonly decidedOf: DecidedFinder
  /** The annotator's, for the output. */
  readonly name: string
  readonly flags: AnnotateFlags
  readonly signal: AbortSignal
}

/** Returns how many pictures could not be annotated. */
async function annotateAll(annotator: Annotator, { paths, decidedOf, name, flags, signal }: AllFiles): Promise<number> {
  let faults = 0
  try {
    for (let start = 0; start < paths.length; start += flags.batch) {
      const pictures = await Promise.all(paths.slice(start, start + flags.batch).map(readPicture))
      const inputs = pictures.flatMap((picture) => inputOf(picture, decidedOf))
      const observed = await annotateImages(inputs, { annotator, batchSize: flags.batch, signal })
      faults += print(pictures, observed, { annotator: name, json: flags.json ?? false })
    }
    return faults
  } finally {
    await annotator.dispose()
  }
}

function inputOf({ path, image_id, raster }: PictureFile, decidedOf: DecidedFinder): AnnotatorInput[] {
  if (raster === null) return []
  const { width, height } = raster
  return [{ image_id, width, height, pixels: async () => raster, ...decidedOf(path) }]
}

/** Prints a batch; returns how many of its pictures could not be annotated. */
function print(
  pictures: readonly PictureFile[],
  observed: readonly ImageObservations[],
  { annotator, json }: { annotator: string; json: boolean },
): number {
  const remaining = [...observed]
  let faults = 0
  for (const { path, image_id, raster, failure } of pictures) {
    const said = raster === null ? { observations: [], failure } : remaining.shift()
    const size = raster === null ? { width: null, height: null } : { width: raster.width, height: raster.height }
    const result = { image: path, image_id, ...size, annotator, failure: said?.failure ?? null }
    if (result.failure !== null) faults += 1
    const line = json
      ? JSON.stringify({ ...result, observations: said?.observations ?? [] })
      : `${path}${result.failure === null ? '' : `: ${result.failure}`}\n${observationLines(said?.observations ?? [])}`
    process.stdout.write(`${line}\n`)
  }
  return faults
}

function observationLines(observations: ImageObservations['observations']): string {
  const rows = observations.map((seen) => [`  ${seen.score.toFixed(3)}`, whereSeen(seen), whatSeen(seen)])
  return rows.length === 0 ? '  nothing' : columns(rows)
}

function whereSeen(seen: Observation): string {
  if ('box' in seen) return seen.box.map((value) => value.toFixed(1)).join(' ')
  if ('granularity' in seen && seen.granularity !== null) return seen.granularity
  return ('region_id' in seen ? seen.region_id : null) ?? 'image'
}

function whatSeen(seen: Observation): string {
  switch (seen.kind) {
    case 'object':
      return seen.label
    case 'grounded_phrase':
      return seen.text.slice(seen.start, seen.end)
    case 'mask':
      return `mask, outlines: ${seen.polygon_rings.length}`
    case 'proposed_region':
      return seen.text ?? 'something'
    case 'rejected_text':
      return `${seen.reason}: ${seen.text}`
    default:
      return seen.text
  }
}
