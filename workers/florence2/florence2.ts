import { FldError } from '../../schemas/errors.js'
import type { Florence2Answer } from '../../schemas/florence2/answer.js'
import { parseAnswer } from '../../schemas/florence2/parse.js'
import { type Florence2Task, taskPrompt } from '../../schemas/florence2/tasks.js'
import { entryFile } from '../../src/models/entry-file.js'
import type { ProgramSession } from '../../src/models/sessions/program.js'
import type { SessionHost } from '../../src/models/sessions/tensor.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { readTextTokenizer, type TextTokenizer } from '../../src/models/text-tokenizer.js'
import { type CheckpointConfig, readCheckpointConfig } from './checkpoint-config.js'
import type { DecodedRow, DecodeInput, DecodeOutput, DecodeStats, SearchSettings } from './decoding/decode-protocol.js'
import { type Florence2Image, ImageEncoder, type ImageFeatures } from './image-features.js'
import { type PromptedRow, rowGroups } from './row-groups.js'

/** One thing to ask about one image. */
export interface GenerateRequest {
  readonly image: Florence2Image
  readonly task: Florence2Task
  /** A text, or a region as four location tokens, for tasks that take one. */
  readonly input?: string
}

/** How to decode; what is absent is as generation_config.json has it. */
export interface GenerationOptions {
  /** 1: greedy. */
  readonly beams?: number
  /** Ids after the start, the forced ones counted. */
  readonly maxNewTokens?: number
  /** The end of sequence is no choice before there are so many. */
  readonly minNewTokens?: number
  readonly noRepeatNgramSize?: number
  readonly lengthPenalty?: number
  readonly earlyStopping?: boolean | 'never'
}

/** What the model answered. */
export interface GeneratedAnswer {
  readonly prompt: string
  /** Decoder start and forced tokens included, nothing after the end of sequence. */
  readonly ids: readonly number[]
  /** With special tokens. */
  readonly text: string
  /** Log-probability of each of `ids`; 0 for the start and forced tokens. */
  readonly logProbs: readonly number[]
  /** sum(logProbs) / (ids.length - 1) ** lengthPenalty, as transformers' `sequences_scores`. */
  readonly score: number
  readonly answer: Florence2Answer
}

/** A loaded checkpoint. */
export interface Florence2 {
  /**
   * Answers in the order of the requests. Features of an image are computed once, whatever is asked about it and however
   * often, while they are among those kept; requests of all tasks and images decode together. Throws FldError
   * `annotator_failed`, `config_invalid` (a prompt that is too long, options out of range) or `aborted`.
   */
  generate(
    requests: readonly GenerateRequest[],
    options: GenerationOptions & { readonly signal: AbortSignal },
  ): Promise<GeneratedAnswer[]>
  /** Tokens of a request's prompt, the special ones counted; over-long ones are refused. Throws as `taskPrompt`. */
  promptTokens(request: Pick<GenerateRequest, 'task' | 'input'>): number
  /** What decoding did since it was loaded. */
  stats(): DecodeStats
  dispose(): Promise<void>
}

export interface Florence2Context {
  /** Local paths of the checkpoint's files, in the layout of Transformers.js repositories. */
  readonly files: ReadonlyMap<string, string>
  readonly sessions: SessionHost
  /** Bytes that the caches of the rows under way may take in each session; 1 GiB when absent. */
  readonly cacheBytes?: number
  /** Bytes of image features that are kept; 512 MiB when absent: 300 images of a released checkpoint. */
  readonly featureBytes?: number
}

/** Loads a checkpoint in the four-graph layout of Transformers.js. Throws FldError `model_invalid` naming the file. */
export async function loadFlorence2(context: Florence2Context): Promise<Florence2> {
  const { files, sessions, cacheBytes = 2 ** 30, featureBytes = 2 ** 29 } = context
  const [config, tokenizer, decoding] = await Promise.all([
    readCheckpointConfig(files),
    readTextTokenizer(files),
    openDecoding(files, sessions),
  ])
  // Last: it counts who shares its features.
  const encoder = await ImageEncoder.open(files, { sessions, byteBudget: featureBytes })
  return new LoadedFlorence2({ config, tokenizer, encoder, decoding, cacheBytes, concurrency: sessions.concurrency })
}

function openDecoding(files: ReadonlyMap<string, string>, sessions: SessionHost): Promise<ProgramSession> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return sessions.openProgram({
    module: new URL(`./decoding/decode-program.${extension}`, import.meta.url).href,
    graphs: {
      embed: entryFile(files, 'onnx/embed_tokens.onnx'),
      encoder: entryFile(files, 'onnx/encoder_model.onnx'),
      decoder: entryFile(files, 'onnx/decoder_model_merged.onnx'),
    },
  })
}

interface Parts {
  readonly config: CheckpointConfig
  readonly tokenizer: TextTokenizer
  readonly encoder: ImageEncoder
  readonly decoding: ProgramSession
  readonly cacheBytes: number
  readonly concurrency: number
}

class LoadedFlorence2 implements Florence2 {
  readonly #parts: Parts
  #stats: DecodeStats = { tokens: 0, steps: 0, stepRows: 0, stepMs: 0, graphMs: 0 }

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async generate(
    requests: readonly GenerateRequest[],
    { signal, ...options }: GenerationOptions & { readonly signal: AbortSignal },
  ): Promise<GeneratedAnswer[]> {
    const { tokenizer, config, concurrency } = this.#parts
    const search = searchOf(config, options)
    const maxLength = maxLengthOf(config, options)
    const prompts = requests.map(({ task, input }) => taskPrompt(task, input))
    const ids = prompts.map((prompt) => tokenizer.encode(prompt).ids)
    const features = await this.#featuresOf(requests, signal)
    const rows = requests.map(({ image }, index): PromptedRow => {
      const prompt = ids[index] ?? []
      const imageFeatures = featuresFor(features, image.key)
      refuseOverlong(prompt, imageFeatures, { config, prompt: prompts[index] ?? '' })
      return { index, prompt, features: imageFeatures }
    })
    const doing = { most: concurrency, signal, action: 'decoding answers' }
    const decoded = new Map<number, DecodedRow>()
    await severalAtOnce(rowGroups(rows, concurrency), doing, async (group, eitherSignal) => {
      const output = await this.#decode(group, { search, maxLength, signal: eitherSignal })
      group.forEach(({ index }, place) => {
        const row = output.rows[place]
        if (row !== undefined) decoded.set(index, row)
      })
    })
    return requests.map((request, index) => this.#answer(request, prompts[index] ?? '', decoded.get(index)))
  }

  promptTokens({ task, input }: Pick<GenerateRequest, 'task' | 'input'>): number {
    return this.#parts.tokenizer.encode(taskPrompt(task, input)).ids.length
  }

  stats(): DecodeStats {
    return this.#stats
  }

  /** The sessions belong to the host, which closes them. */
  async dispose(): Promise<void> {
    this.#parts.encoder.close()
  }

  async #featuresOf(
    requests: readonly GenerateRequest[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ImageFeatures>> {
    const { encoder, concurrency } = this.#parts
    const images = [...new Map(requests.map(({ image }) => [image.key, image])).values()]
    const doing = { most: concurrency + 1, signal, action: 'encoding images' }
    const features = await severalAtOnce(images, doing, (image, either) => encoder.features(image, either))
    return new Map(images.map(({ key }, index) => [key, features[index] ?? featuresFor(new Map(), key)]))
  }

  async #decode(
    group: readonly PromptedRow[],
    { search, maxLength, signal }: { search: SearchSettings; maxLength: number; signal: AbortSignal },
  ): Promise<DecodeOutput> {
    const { config, decoding, cacheBytes } = this.#parts
    const images = [...new Set(group.map(({ features }) => features))]
    const input: DecodeInput = {
      images: images.map(({ data }) => data),
      width: config.width,
      rows: group.map(({ features, prompt }) => ({ image: images.indexOf(features), prompt, maxLength })),
      search,
      tokens: config.tokens,
      heads: config.heads,
      cacheBytes,
    }
    const output = (await decoding.run(input, { signal })) as DecodeOutput
    this.#stats = addedStats(this.#stats, output.stats)
    return output
  }

  #answer({ task, image }: GenerateRequest, prompt: string, row: DecodedRow | undefined): GeneratedAnswer {
    if (row === undefined) throw new FldError('internal', `no answer came back for task ${task}`)
    const text = this.#parts.tokenizer.decode(row.ids)
    return { prompt, ...row, text, answer: parseAnswer(task, text, { width: image.width, height: image.height }) }
  }
}

function featuresFor(features: ReadonlyMap<string, ImageFeatures>, key: string): ImageFeatures {
  const found = features.get(key)
  if (found !== undefined) return found
  throw new FldError('internal', `image ${key} has no features`)
}

function refuseOverlong(
  ids: readonly number[],
  { tokens }: ImageFeatures,
  { config, prompt }: { config: CheckpointConfig; prompt: string },
): void {
  const room = config.positions - tokens
  if (ids.length <= room) return
  const message =
    `a prompt of ${ids.length} tokens is too long: the encoder has ${config.positions} places, of which the image takes ` +
    `${tokens} and ${room} are left; it begins with ${JSON.stringify(prompt.slice(0, 60))}`
  throw new FldError('config_invalid', message, { details: { tokens: ids.length, allowed: room } })
}

function searchOf({ search }: CheckpointConfig, options: GenerationOptions): SearchSettings {
  const {
    beams = search.beams,
    noRepeatNgramSize = search.noRepeatNgramSize,
    lengthPenalty = search.lengthPenalty,
    earlyStopping = search.earlyStopping,
  } = options
  refuseOutside('beams', beams, { min: 1, max: 64 })
  refuseOutside('noRepeatNgramSize', noRepeatNgramSize, { min: 0, max: 1024 })
  const minLength = options.minNewTokens === undefined ? search.minLength : options.minNewTokens + 1
  return { beams, noRepeatNgramSize, lengthPenalty, earlyStopping, minLength }
}

function maxLengthOf({ maxLength, positions }: CheckpointConfig, { maxNewTokens }: GenerationOptions): number {
  if (maxNewTokens === undefined) return maxLength
  refuseOutside('maxNewTokens', maxNewTokens, { min: 1, max: positions - 1 })
  return maxNewTokens + 1
}

function refuseOutside(name: string, value: number, { min, max }: { min: number; max: number }): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new FldError('config_invalid', `${name} is ${value}; it must be a whole number from ${min} to ${max}`)
}

function addedStats(one: DecodeStats, other: DecodeStats): DecodeStats {
  return {
    tokens: one.tokens + other.tokens,
    steps: one.steps + other.steps,
    stepRows: one.stepRows + other.stepRows,
    stepMs: one.stepMs + other.stepMs,
    graphMs: one.graphMs + other.graphMs,
  }
}
