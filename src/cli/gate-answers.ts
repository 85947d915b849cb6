import { checkpointLabel } from '../../schemas/annotator-use.js'
import { packEntrySchema } from '../../schemas/pack.js'
import { annotatorRegistry } from '../../workers/registry.js'
import { annotateImages } from '../annotate/annotate-images.js'
import type { AnnotatorInput } from '../annotate/contract.js'
import { type AnnotatorSurroundings, loadAnnotator } from '../annotate/load-annotator.js'
import { pullEntry } from '../models/packs/pull.js'
import { decodeImage } from '../models/pixels/decode-image.js'
import { type CheckpointAnswers, readCheckpoint } from '../rounds/index.js'
import type { ImageToGate } from '../run/held-out-images.js'
import { checkpointEntry } from '../run/shard-checkpoints.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { Environment } from './environment.js'
import { progressLine } from './progress-line.js'

/** Who is asked, and about what. */
export interface GateQuestion {
  readonly store: ObjectStore
  readonly environment: Environment
  readonly surroundings: AnnotatorSurroundings
  readonly images: readonly ImageToGate[]
  readonly name: string
  readonly version: number
  /** Options of the annotator, which checks them. */
  readonly decoding: Readonly<Record<string, unknown>>
  readonly signal: AbortSignal
}

/** The image alone first, then the texts that stand beside it. */
const asked = [
  { annotator: 'florence2', tasks: ['CAPTION', 'OD'] },
  { annotator: 'florence2Texts', tasks: ['CAPTION_TO_PHRASE_GROUNDING'] },
] as const

/** Images that wait for the model together. */
const batchSize = 8

/** What a version says of the images, and where it puts the phrases of the texts that it is shown; by image_id. */
export async function gateAnswers(question: GateQuestion): Promise<ReadonlyMap<string, CheckpointAnswers>> {
  const { store, environment, name, version, signal } = question
  const locked = checkpointEntry(store, await readCheckpoint(store, name, version, { signal }))
  const files = await pullEntry(locked, { ...(await environment.pullOptions()), signal })
  const answers = new Map<string, CheckpointAnswers>()
  for (const { annotator, tasks } of asked) {
    const entry = packEntrySchema.parse({ ...locked, annotator, options: { ...question.decoding, tasks } })
    const loaded = await loadAnnotator({ entry, registry: annotatorRegistry, files, ...question.surroundings })
    const onProgress = reporter(question, tasks)
    try {
      const inputs = question.images.map(inputOf)
      const said = await annotateImages(inputs, { annotator: loaded, batchSize, signal, onProgress })
      for (const { image_id, ...answer } of said) answers.set(image_id, joined(answers.get(image_id), answer))
    } finally {
      await loaded.dispose()
    }
  }
  return answers
}

function reporter({ name, version, images }: GateQuestion, tasks: readonly string[]): (done: number) => void {
  const label = `${checkpointLabel(name, version)}, ${tasks.join(' and ')}`
  return progressLine((done: number) => `${label}: ${done} of ${images.length} images`)
}

function joined(
  before: CheckpointAnswers | undefined,
  { observations, failure }: CheckpointAnswers,
): CheckpointAnswers {
  if (before === undefined) return { observations, failure }
  return { observations: [...before.observations, ...observations], failure: before.failure ?? failure }
}

function inputOf({ record, shown, encoded }: ImageToGate): AnnotatorInput {
  const { image_id, width, height } = record
  return { image_id, width, height, pixels: async () => decodeImage(await encoded()), ...shown }
}
