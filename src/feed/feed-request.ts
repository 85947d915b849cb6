import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { decodeCursor, epochStart, type FeedIdentity } from './feed-cursor.js'
import { type StreamRequest, tailRules } from './rank-stream.js'

/** Readers of a feed, and epochs: far more than there will be, and sums stay exact. */
const most = 1_000_000

function wholeNumber(min: number, fallback: number) {
  const message = `it must be a whole number from ${min} to ${most}`
  return z
    .string()
    .regex(/^\d{1,7}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= most, message)
    .default(fallback)
}

const parametersSchema = z.strictObject({
  rank: wholeNumber(0, 0),
  world: wholeNumber(1, 1),
  worker: wholeNumber(0, 0),
  workers: wholeNumber(1, 1),
  images: z.enum(['0', '1'], 'it must be 0 or 1').default('1'),
  tail: z.enum(tailRules, `it must be ${tailRules.join(' or ')}`).default('even'),
  epoch: wholeNumber(0, 0),
  cursor: z.string().optional(),
})

/**
 * Reads the parameters of `GET /feed`. Throws FldError `config_invalid` that names the bad one (`details.parameter`), what
 * it was and what is allowed, and `run_conflict` for a cursor of another snapshot or other options.
 */
export function parseFeedRequest(query: URLSearchParams, identity: FeedIdentity): StreamRequest {
  const { rank, world, worker, workers, images, tail, epoch, cursor } = parseParameters(query)
  checkBelow({ rank, world }, 'rank', 'world')
  checkBelow({ worker, workers }, 'worker', 'workers')
  if (cursor !== undefined && query.has('epoch')) throw refused('epoch', 'a cursor names its epoch: give one of both')
  const place = cursor === undefined ? epochStart(epoch) : decodeCursor(cursor, identity)
  return { place, share: { rank, world, worker, workers }, tail, images: images === '1' }
}

function parseParameters(query: URLSearchParams): z.output<typeof parametersSchema> {
  const given: Record<string, string> = {}
  for (const [name, value] of query) {
    if (Object.hasOwn(given, name)) throw refused(name, `${name} is given twice`)
    given[name] = value
  }
  const parsed = parametersSchema.safeParse(given)
  if (parsed.success) return parsed.data
  throw refusal(parsed.error, given)
}

function refusal(error: z.ZodError, given: Readonly<Record<string, string>>): FldError {
  const [issue] = error.issues
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys
    return refused(name, `there is no parameter ${name}; there are ${Object.keys(parametersSchema.shape).join(', ')}`)
  }
  const name = String(issue?.path[0])
  return refused(name, `${name} is "${given[name]}"; ${issue?.message}`)
}

function checkBelow<Name extends string>(values: Readonly<Record<Name, number>>, low: Name, high: Name): void {
  if (values[low] < values[high]) return
  throw refused(low, `${low} is ${values[low]}; it must be below ${high}, which is ${values[high]}`)
}

function refused(parameter: string, message: string): FldError {
  return new FldError('config_invalid', message, { details: { parameter } })
}
