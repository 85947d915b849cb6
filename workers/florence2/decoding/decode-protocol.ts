/** How answers are searched for. */
export interface SearchSettings {
  /** 1: greedy. */
  readonly beams: number
  /** No sequence of this many tokens comes twice; 0: any may. */
  readonly noRepeatNgramSize: number
  /** The exponent of the length by which sums of log-probabilities are divided. */
  readonly lengthPenalty: number
  readonly earlyStopping: boolean | 'never'
  /** No answer ends before it has so many ids, the start counted; 0: it may at once. */
  readonly minLength: number
}

/** Ids that a decoder begins and ends with. */
export interface DecoderTokens {
  readonly start: number
  readonly end: number
  readonly pad: number
  /** What must follow the start, and what must stand at the last place; null: anything may. */
  readonly forcedFirst: number | null
  readonly forcedLast: number | null
}

/** One answer to decode. */
export interface DecodeRow {
  /** Index of its image among those of the input. */
  readonly image: number
  /** Prompt with its special tokens. */
  readonly prompt: readonly number[]
  /** Most ids of the answer, the start counted. */
  readonly maxLength: number
}

/** What the decoding program is given. */
export interface DecodeInput {
  /** Features of each image [tokens, width], over shared memory: handed over without a copy. */
  readonly images: readonly Float32Array[]
  /** Numbers in the feature of one visual token. */
  readonly width: number
  readonly rows: readonly DecodeRow[]
  readonly search: SearchSettings
  readonly tokens: DecoderTokens
  /** Attention heads of the decoder. */
  readonly heads: number
  /** Bytes that the caches of the rows under way may take. */
  readonly cacheBytes: number
}

/** One decoded answer. */
export interface DecodedRow {
  readonly ids: number[]
  /** Of each id; 0 for the start and those that were forced. */
  readonly logProbs: number[]
  /** Sum of the log-probabilities by the length without the start, to the power of the length penalty. */
  readonly score: number
}

/** What a run of the program did. */
export interface DecodeStats {
  /** Tokens that were decided on, of all rows. */
  readonly tokens: number
  /** Steps of the decoder, and how many rows (beams) they took together. */
  readonly steps: number
  readonly stepRows: number
  /** Milliseconds of the steps altogether, and of them inside onnxruntime. What comes before the first step is in neither. */
  readonly stepMs: number
  readonly graphMs: number
}

/** What the decoding program answers: a decoded answer for each row, in their order. */
export interface DecodeOutput {
  readonly rows: readonly DecodedRow[]
  readonly stats: DecodeStats
}
