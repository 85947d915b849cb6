import { z } from 'zod'

/** A part of a message: text, or a picture as a data: URL. */
export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }

export interface ChatMessage {
  readonly role: 'system' | 'user'
  readonly content: string | readonly MessagePart[]
}

/** The body of a request, by the names of the protocol (OpenAI API reference, "Create chat completion"). */
export interface ChatBody {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly max_tokens: number
  readonly temperature: number
  readonly seed?: number
}

/** What a model answered. */
export interface ChatAnswer {
  readonly text: string
  /** `length` where max_tokens cut it off, `content_filter` where the server held it back, else whatever it says. */
  readonly finish_reason: string | null
  /** Set where the server itself marks an answer as a refusal. */
  readonly refusal: string | null
  /** Of prompt and answer; null where the server does not count. */
  readonly total_tokens: number | null
}

/** A request that was answered with success: by an answer, or by something that is none. */
export type ChatOutcome =
  | ({ readonly kind: 'answer' } & ChatAnswer)
  | { readonly kind: 'malformed'; readonly problem: string; readonly body: string }

/** Servers that speak the protocol leave out, or set to null, what they do not know. */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z
            .union([z.string(), z.array(z.object({ type: z.string(), text: z.string().optional() }))])
            .nullish(),
          refusal: z.string().nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z
    .object({ total_tokens: z.number().nonnegative() })
    .nullish()
    .catch(() => null),
})

/** Reads the body of a 200 answer. Never throws: what is no answer is `malformed`, with what is wrong about it. */
export function readCompletion(body: string): ChatOutcome {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return malformed('not JSON', body)
  }
  const parsed = completionSchema.safeParse(json)
  const [choice] = parsed.data?.choices ?? []
  if (!parsed.success || choice === undefined) {
    const { path = [], message = '' } = parsed.error?.issues[0] ?? {}
    return malformed(`${path.join('.') || 'the answer'}: ${message}`, body)
  }
  const { content, refusal } = choice.message
  return {
    kind: 'answer',
    text: typeof content === 'string' ? content : (content ?? []).map((part) => part.text ?? '').join(''),
    finish_reason: choice.finish_reason ?? null,
    refusal: refusal ? refusal : null,
    total_tokens: parsed.data?.usage?.total_tokens ?? null,
  }
}

/** Of a body that is no answer, enough is kept to see what it was. */
export function malformed(problem: string, body: string): ChatOutcome {
  return { kind: 'malformed', problem, body: body.slice(0, 500) }
}
