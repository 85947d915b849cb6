import { z } from 'zod'

/**
 * The options that every annotator with an OpenAI-compatible endpoint has: spread into its own strict schema. The key
 * is none of them: options are written into plans, and a key comes from the environment only.
 */
export const endpointOptionsShape = {
  /** The model to ask for, as the endpoint knows it. FLD_ENDPOINT_MODEL stands in where an entry names none. */
  model: z
    .string('expected the name of a model that the endpoint serves: here, or in FLD_ENDPOINT_MODEL')
    .trim()
    .min(1, 'expected the name of a model that the endpoint serves'),
  /** As clients write it, http://host:8000/v1. FLD_ENDPOINT_URL wins: where a server is belongs to a deployment. */
  url: z
    .url({ protocol: /^https?$/, error: 'expected an address such as http://host:8000/v1' })
    .refine(
      hasNoLogin,
      'expected an address without a login: options are kept, and a key comes from FLD_ENDPOINT_KEY only',
    )
    .optional(),
  /** 0: the likeliest text each time. */
  temperature: z.number().min(0).max(2).default(0),
  /** Null sends none, for servers that refuse it. */
  seed: z.number().int().min(0).max(2_147_483_647).nullable().default(0),
  /** Seconds for one answer, from the request to its last byte. Node's fetch waits no longer than 300 for the first. */
  timeout_s: z.number().positive().max(300).default(120),
  /** Requests for one answer before the endpoint counts as away. */
  attempts: z.number().int().min(1).max(20).default(5),
  /** Pause after the first failure in ms, doubled after each further one up to 30 s; a Retry-After takes its place. */
  retry_pause_ms: z.number().int().min(1).max(30_000).default(500),
  /** Requests under way at one endpoint. The annotators of a process share it: the smallest number that one names. */
  concurrency: z.number().int().min(1).max(256).default(4),
  /** Tokens of prompts and answers in a minute, of all annotators of a process, of which the smallest counts; null: no limit. */
  tokens_per_minute: z.number().int().min(1).nullable().default(null),
  /** Longer side in pixels to which a picture is shrunk before it is sent. */
  longest_side: z.number().int().min(16).max(8192).default(768),
  /** Of the JPEG that is sent. */
  jpeg_quality: z.number().int().min(1).max(100).default(90),
  /**
   * Score of every text, 0-1: a language model says nothing of how sure it is. Consensus puts the highest score first;
   * the default lies behind people (1). Template captions score as the regions they speak of, which may be more or less.
   */
  score: z.number().min(0).max(1).default(0.9),
}

function hasNoLogin(address: string): boolean {
  if (!URL.canParse(address)) return true
  const { username, password } = new URL(address)
  return username === '' && password === ''
}

/** Those of them that change no answer: how often, how fast and where it is asked for. */
export const operationalEndpointOptions = [
  'url',
  'timeout_s',
  'attempts',
  'retry_pause_ms',
  'concurrency',
  'tokens_per_minute',
] as const satisfies (keyof typeof endpointOptionsShape)[]

/** Words of a text beyond which it is rejected as over long. */
export const maxWordsSchema = z.number().int().min(1).max(5000)

/** Tokens of one answer; an answer that they cut off is rejected as over long. */
export const maxTokensSchema = z.number().int().min(1).max(100_000)

const shape = z.object(endpointOptionsShape)
/** What `endpointOptionsShape` gives, complete. */
export type EndpointOptions = z.output<typeof shape>
