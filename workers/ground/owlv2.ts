import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import type { Observation } from '../../schemas/observation.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { onlyGraph } from '../../src/models/entry-file.js'
import { type ImageProcessor, readImageProcessor } from '../../src/models/pixels/image-processor.js'
import type { ModelSession, Tensors } from '../../src/models/sessions/tensor.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { readTextTokenizer, type TextTokenizer } from '../../src/models/text-tokenizer.js'
import { orAborted } from '../../src/storage/abort.js'
import { bestQueries, type PatchOutput } from './best-query.js'
import { boxHeads } from './box-heads.js'
import { distinctBoxes } from './distinct-boxes.js'
import { readModelConfig } from './model-files.js'
import type { Owlv2Options } from './options.js'
import { type AskedQueries, askedQueries, type QueryGroup } from './owlv2-queries.js'
import { SharedPixels } from './shared-pixels.js'

interface Owlv2 {
  readonly session: ModelSession
  readonly tokenizer: TextTokenizer
  readonly processor: ImageProcessor
  /** Tokens of a query: all are padded to it. */
  readonly queryLength: number
  readonly options: Owlv2Options
}

const configSchema = z.object({
  model_type: z.literal('owlv2'),
  text_config: z
    .object({ max_position_embeddings: z.number().int().min(3).default(16) })
    .default({ max_position_embeddings: 16 }),
})
const inputs = ['input_ids', 'attention_mask', 'pixel_values']

/**
 * Loads OWLv2 (Minderer et al. 2023, arXiv 2306.09683), text and vision in one graph: finds queries given by name, or the
 * known phrases of an image's texts. Throws FldError `model_invalid`.
 */
export async function loadOwlv2({ options, files, sessions }: LoadContext<Owlv2Options>): Promise<Annotator> {
  const [session, tokenizer, processor, config] = await Promise.all([
    sessions.open(onlyGraph(files)),
    readTextTokenizer(files),
    readImageProcessor(files),
    readModelConfig(files, configSchema),
  ])
  if ([...session.inputNames].sort().join() !== [...inputs].sort().join()) {
    throw new FldError(
      'model_invalid',
      `OWLv2 takes ${inputs.join(', ')}; this model takes ${session.inputNames.join(', ')}`,
    )
  }
  const queryLength = config.text_config.max_position_embeddings
  const model: Owlv2 = { session, tokenizer, processor, queryLength, options }
  const most = sessions.concurrency + 1
  return {
    annotate: (batch, { signal }) =>
      severalAtOnce(batch, { most, signal, action: 'grounding phrases' }, (image, either) =>
        annotateImage(model, image, either),
      ),
    // The session belongs to the host, which closes it.
    dispose: async () => {},
  }
}

async function annotateImage(model: Owlv2, image: AnnotatorInput, signal: AbortSignal): Promise<Observation[]> {
  const asked = askedQueries(image.texts, model.options.queries)
  if (asked.queries.length === 0) return []
  const output = await askAll(model, image, asked, signal)
  return asked.groups.flatMap((group) => groupObservations(output, group, image, model.options))
}

/** All queries, run by run; the boxes do not depend on what is asked. */
async function askAll(
  model: Owlv2,
  image: AnnotatorInput,
  { queries }: AskedQueries,
  signal: AbortSignal,
): Promise<PatchOutput> {
  const { queries_per_run: size, template } = model.options
  const runs = Array.from({ length: Math.ceil(queries.length / size) }, (_, run) =>
    queries.slice(run * size, (run + 1) * size).map((query) => template.replaceAll('{}', () => query)),
  )
  const pixels = new SharedPixels(image, model.processor, runs.length)
  const logits: Float32Array[] = []
  let boxes = new Float32Array(0)
  for (const prompts of runs) {
    const { pixelValues } = await orAborted(pixels.take(), signal, 'decoding an image')
    const tensors = { ...textInputs(prompts, model), pixel_values: { ...pixelValues, data: pixelValues.data.slice() } }
    const heads = boxHeads(await model.session.run(tensors, { signal, outputs: ['logits', 'pred_boxes'] }), 1)
    const [patchLogits = new Float32Array(0)] = heads.logits
    boxes = heads.boxes[0]?.slice() ?? boxes
    logits.push(...prompts.map((_, column) => everyNth(patchLogits, column, heads.columns)))
  }
  return { logits, boxes }
}

function textInputs(prompts: readonly string[], { tokenizer, queryLength }: Owlv2): Tensors {
  const encoded = prompts.map((prompt) => tokenizer.encode(prompt, { maxLength: queryLength, padTo: queryLength }))
  const dims = [prompts.length, queryLength]
  return {
    input_ids: { type: 'int64', data: BigInt64Array.from(encoded.flatMap(({ ids }) => ids.map(BigInt))), dims },
    attention_mask: { type: 'int64', data: BigInt64Array.from(encoded.flatMap(({ mask }) => mask.map(BigInt))), dims },
  }
}

function everyNth(values: Float32Array, first: number, step: number): Float32Array {
  return Float32Array.from(
    { length: Math.floor(values.length / step) },
    (_, index) => values[first + index * step] ?? 0,
  )
}

/** What was found of queries that compete: one box per patch, as its best query; for phrases, at each place of the phrase. */
function groupObservations(
  output: PatchOutput,
  group: QueryGroup,
  { width, height }: AnnotatorInput,
  { score_min, nms_iou, max_per_text }: Owlv2Options,
): Observation[] {
  const columns = group.members.map(({ query }) => query)
  const found = bestQueries(output, columns, { threshold: score_min, width, height }).map((patch) => {
    return { ...patch, key: `${patch.query}` }
  })
  return distinctBoxes(found, { width, height, nms_iou, most: max_per_text }).flatMap(
    ({ query, score, box }): Observation[] => {
      const member = group.members[query]
      if (member === undefined) return []
      if (group.text === null) return [{ kind: 'object', label: member.label, score, box }]
      const { text } = group
      const phrase = { kind: 'grounded_phrase' as const, text, score, box_score: score, box }
      return member.places.map(({ start, end }) => ({ ...phrase, start, end }))
    },
  )
}
