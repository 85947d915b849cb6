import { z } from 'zod'

const key = z.string()

/** What a process asks of the storage; the body of a put goes with it. */
export const storeRequestSchema = z.discriminatedUnion('action', [
  z.object({ id: z.number(), action: z.literal('put'), key }),
  z.object({ id: z.number(), action: z.literal('putIfAbsent'), key }),
  z.object({ id: z.number(), action: z.literal('replaceIf'), key, etag: z.string() }),
  z.object({ id: z.number(), action: z.literal('get'), key }),
  z.object({ id: z.number(), action: z.literal('head'), key }),
  z.object({ id: z.number(), action: z.literal('list'), prefix: z.string(), startAfter: z.string() }),
  z.object({ id: z.number(), action: z.literal('delete'), keys: z.array(key) }),
])
export type StoreRequest = z.infer<typeof storeRequestSchema>
/** A request without the number that its answer comes back under. */
export type StoreQuestion = StoreRequest extends infer Request
  ? Request extends StoreRequest
    ? Omit<Request, 'id'>
    : never
  : never

const objectInfoSchema = z.object({ key, bytes: z.number(), etag: z.string() })

/** What comes back. `info` is null where there is no such object; the body of a get goes with it. */
export const storeAnswerSchema = z.object({
  id: z.number(),
  /** Of a conditional write: whether it was made. */
  done: z.boolean(),
  info: objectInfoSchema.nullable(),
  /** Of a list: a page of objects, in order; an empty one ends it. */
  page: z.array(objectInfoSchema.extend({ modified: z.number() })),
})
export type StoreAnswer = z.infer<typeof storeAnswerSchema>
