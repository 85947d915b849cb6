import { FldError } from '../../../schemas/errors.js'
import type { GraphTensor, GraphTensors, ProgramGraph } from '../../../src/models/sessions/program.js'
import { asType, eachTensor } from './row-tensors.js'

/** What the decoder has seen so far, for rows that are equally long. */
export interface DecoderState {
  /** Keys and values of the answer so far, as the decoder takes them: [rows, heads, length, head width]. */
  readonly decoder: GraphTensors
  /** Keys and values of image and prompt: [rows, heads, source, head width]. */
  readonly encoder: GraphTensors
  /** [rows, source, width]. */
  readonly hidden: GraphTensor
  /** int64 [rows, source]: 0 where a prompt is shorter than the longest. */
  readonly mask: GraphTensor
}

/** What a step of the decoder gave. */
export interface DecoderStep {
  /** [rows, fed, vocabulary]. */
  readonly logits: GraphTensor
  readonly state: DecoderState
}

/** Reads the names of the four-graph layout of Transformers.js: one merged decoder with and without a cache. */
export class DecoderGraphs {
  readonly #graphs: Readonly<Record<string, ProgramGraph>>
  readonly #heads: number
  /** Names of the cache's inputs. */
  readonly #past: readonly string[]
  #graphMs = 0

  /** `heads` counts where the decoder's own inputs leave them open. Throws FldError `model_invalid`. */
  constructor(graphs: Readonly<Record<string, ProgramGraph>>, heads: number) {
    this.#graphs = graphs
    this.#heads = heads
    this.#past = this.#graph('decoder').inputNames.filter((name) => name.startsWith('past_key_values.'))
    if (this.#past.length === 0) {
      const names = this.#graph('decoder').inputNames.join(', ')
      throw new FldError('model_invalid', `the decoder takes no past_key_values; its inputs are: ${names}`)
    }
  }

  /** Milliseconds inside onnxruntime since the last time it was asked. */
  takeGraphMs(): number {
    const spent = this.#graphMs
    this.#graphMs = 0
    return spent
  }

  /** Bytes of the caches of one row of `source` ids whose answer grows to `length`: the old and the new while it grows. */
  rowBytes(source: number, length: number, width: number): number {
    const numberBytes = this.#cacheType() === 'float16' ? 2 : 4
    const perPlace = (this.#past.length / 2) * width * numberBytes
    return source * perPlace + 2 * length * perPlace + source * width * 4
  }

  async embed(rows: readonly (readonly number[])[]): Promise<GraphTensor> {
    const [{ length } = []] = rows
    const data = BigInt64Array.from(rows.flat(), BigInt)
    const { inputs_embeds } = await this.#run('embed', {
      input_ids: { type: 'int64', data, dims: [rows.length, length] },
    })
    return required(inputs_embeds, 'inputs_embeds', 'embed_tokens')
  }

  async encode(embeds: GraphTensor, mask: GraphTensor): Promise<GraphTensor> {
    const { last_hidden_state } = await this.#run('encoder', { inputs_embeds: embeds, attention_mask: mask })
    return required(last_hidden_state, 'last_hidden_state', 'encoder_model')
  }

  /** The first step: nothing is cached yet, and the encoder's keys and values are made. */
  async begin(embeds: GraphTensor, { hidden, mask }: Pick<DecoderState, 'hidden' | 'mask'>): Promise<DecoderStep> {
    const [rows = 0] = embeds.dims
    const [, , width = 0] = hidden.dims
    const empty = { type: this.#cacheType(), dims: [rows, this.#heads, 0, width / this.#heads] }
    const data = empty.type === 'float16' ? new Uint16Array() : new Float32Array()
    const past = Object.fromEntries(this.#past.map((name) => [name, { ...empty, data }]))
    const outputs = await this.#decode({ embeds, hidden, mask, past, cached: false })
    return { logits: logitsOf(outputs), state: { hidden, mask, ...this.#caches(outputs, { encoder: true }) } }
  }

  /** A step with a cache: the decoder's part of it grows, the encoder's stays. */
  async next(embeds: GraphTensor, state: DecoderState): Promise<DecoderStep> {
    const { hidden, mask, decoder, encoder } = state
    const outputs = await this.#decode({ embeds, hidden, mask, past: { ...decoder, ...encoder }, cached: true })
    return {
      logits: logitsOf(outputs),
      state: { ...state, decoder: this.#caches(outputs, { encoder: false }).decoder },
    }
  }

  #decode(step: {
    embeds: GraphTensor
    hidden: GraphTensor
    mask: GraphTensor
    past: GraphTensors
    cached: boolean
  }): Promise<GraphTensors> {
    const graph = this.#graph('decoder')
    const feeds: GraphTensors = {
      ...step.past,
      inputs_embeds: step.embeds,
      encoder_hidden_states: step.hidden,
      encoder_attention_mask: step.mask,
      use_cache_branch: { type: 'bool', data: Uint8Array.of(step.cached ? 1 : 0), dims: [1] },
    }
    // With a cache the encoder's part of it comes out as empty dummies.
    const fetches = graph.outputNames.filter((name) => !step.cached || !name.includes('.encoder.'))
    return this.#run('decoder', feeds, fetches)
  }

  #caches(outputs: GraphTensors, { encoder }: { encoder: boolean }): Pick<DecoderState, 'decoder' | 'encoder'> {
    const pick = (part: string): GraphTensors =>
      Object.fromEntries(
        this.#past
          .filter((name) => name.includes(`.${part}.`))
          .map((name) => [name, required(outputs[presentOf(name)], presentOf(name), 'decoder_model_merged')]),
      )
    return { decoder: pick('decoder'), encoder: encoder ? pick('encoder') : {} }
  }

  async #run(name: string, feeds: GraphTensors, fetches?: readonly string[]): Promise<GraphTensors> {
    const graph = this.#graph(name)
    const taken = Object.fromEntries(Object.entries(feeds).filter(([input]) => graph.inputNames.includes(input)))
    const typed = eachTensor(taken, (tensor, input) => asType(tensor, graph.inputTypes[input]))
    const before = performance.now()
    const outputs = await graph.run(typed, fetches)
    this.#graphMs += performance.now() - before
    return outputs
  }

  #graph(name: string): ProgramGraph {
    const graph = this.#graphs[name]
    if (graph === undefined) throw new FldError('internal', `the decoding program was started without graph ${name}`)
    return graph
  }

  #cacheType(): string {
    return this.#graph('decoder').inputTypes[this.#past[0] ?? ''] ?? 'float32'
  }
}

function presentOf(past: string): string {
  return past.replace('past_key_values.', 'present.')
}

function logitsOf(outputs: GraphTensors): GraphTensor {
  return required(outputs.logits, 'logits', 'decoder_model_merged')
}

function required(tensor: GraphTensor | undefined, output: string, graph: string): GraphTensor {
  if (tensor !== undefined) return tensor
  throw new FldError('model_invalid', `${graph} has no output ${output}`)
}
