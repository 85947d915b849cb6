import { z } from 'zod'
import { type PackEntry, packEntrySchema } from '../../../schemas/pack.js'
import { pipelineSchema } from '../../../schemas/pipeline.js'
import type { RunPlan } from '../../../schemas/run.js'
import type { AnnotatorModule } from '../../../src/annotate/contract.js'
import type { AnnotatorRegistry } from '../../../src/annotate/registry.js'
import { planRun } from '../../../src/run/plan-run.js'

/** Says of every image, without a look at it, that it shows a person: so that there is something to decide and commit. */
function nothing(name: string, needs: AnnotatorModule['needs']): AnnotatorModule {
  return {
    ...{ name, version: 1, resource: 'cpu', needs, produces: ['object'], options: z.object({}).strict() },
    load: async () => ({
      annotate: async (batch) =>
        batch.map(({ width, height }) => [{ kind: 'object', label: 'person', score: 0.9, box: [1, 1, width, height] }]),
      dispose: async () => undefined,
    }),
  }
}

/** The bench's registry: one for the first stage, and one that is shown what the stages before it decided. */
export const nothingRegistry: AnnotatorRegistry = new Map(
  [nothing('nothing', 'image'), nothing('nothing-more', 'regions')].map((module) => [module.name, module]),
)

/** A pipeline of annotators that do nothing. */
export interface NothingPlan {
  readonly set: string
  /** Images of a shard. */
  readonly images: number
  readonly annotators: number
  /** Among which the annotators are dealt out. */
  readonly stages: number
}

/** The plan of a run of such a pipeline. */
export function planNothing({ set, images, annotators, stages }: NothingPlan): Promise<RunPlan> {
  const names = Array.from({ length: annotators }, (_, index) => `stage-${index % stages}-nothing-${index}`)
  const stage = (index: number) => ({
    name: `stage-${index}`,
    annotators: names.filter((name) => name.startsWith(`stage-${index}-`)).map((name) => `bench/${name}`),
  })
  return planRun({
    pipeline: pipelineSchema.parse({
      name: 'scale',
      shard_size: images,
      consensus: { min_votes: 1 },
      stages: Array.from({ length: stages }, (_, index) => stage(index)),
    }),
    registry: nothingRegistry,
    findEntry: async (use) => entryOf(use.slice('bench/'.length)),
    // It has no files to pin.
    pinEntry: async (unpinned) => ({ ...unpinned, files: [] }),
    set,
    source: 'made up',
    labelDigest: null,
    version: 'bench',
  })
}

function entryOf(name: string): PackEntry {
  const annotator = name.startsWith('stage-0-') ? 'nothing' : 'nothing-more'
  return packEntrySchema.parse({ name, annotator, family: name, licence: 'none', options: {}, vocabulary: 'coco80' })
}
