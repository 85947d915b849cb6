import { openChatClient } from './chat-client.js'
import type { ChatMessage, MessagePart } from './chat-protocol.js'
import { endpointTarget } from './endpoint-address.js'
import { type AnswerLimits, type JudgedAnswer, judgeAnswer } from './judge-answer.js'
import type { EndpointOptions } from './options.js'

/** What a text is to be written from. */
export interface WritingTask extends AnswerLimits {
  readonly prompt: string
  /** Null for models without eyes. */
  readonly image: MessagePart | null
}

/** A language model that writes about pictures. */
export interface TextWriter {
  /** Throws as `ChatClient.ask`. */
  write(task: WritingTask, options: { signal: AbortSignal }): Promise<JudgedAnswer>
  /** May be called more than once. */
  close(): void
}

/** What an annotator is loaded with, as far as a writer needs it. */
export interface WriterContext {
  readonly options: EndpointOptions
  readonly endpoint?: { readonly url: string; readonly key: string | null }
  readonly cacheFolder?: string
}

/** The model that an annotator's options name, behind its endpoint. Asks nothing yet. Throws FldError `config_invalid`. */
export function openTextWriter({ options, endpoint, cacheFolder }: WriterContext): TextWriter {
  const client = openChatClient({
    target: endpointTarget(endpoint, options.url),
    timeoutMs: options.timeout_s * 1000,
    retry: { attempts: options.attempts, baseDelayMs: options.retry_pause_ms },
    concurrency: options.concurrency,
    tokensPerMinute: options.tokens_per_minute,
    cacheFolder,
  })
  return {
    write: async (task, { signal }) => {
      const outcome = await client.ask(
        {
          model: options.model,
          messages: [messageOf(task)],
          max_tokens: task.maxTokens,
          temperature: options.temperature,
          ...(options.seed === null ? {} : { seed: options.seed }),
        },
        { signal },
      )
      return judgeAnswer(outcome, task)
    },
    close: client.close,
  }
}

/** A text alone goes as a string: servers of models without eyes do not all take parts. */
function messageOf({ prompt, image }: WritingTask): ChatMessage {
  return { role: 'user', content: image === null ? prompt : [image, { type: 'text', text: prompt }] }
}
