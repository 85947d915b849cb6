import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'

const whole = z.number().int().nonnegative()

/**
 * Where a reader stands: all positions before `position` are done. The window and the position that it begins at are named
 * too, so that going on needs none of the windows before.
 */
const placeSchema = z.object({
  epoch: whole,
  window: whole,
  /** The position of the window's first sample. */
  base: whole,
  /** Not below `base`; beyond the window when the reader's next sample is in a later one. */
  position: whole,
})
export type FeedPlace = z.infer<typeof placeSchema>

/** What a place is a place of: another snapshot or other options have another order. Both are digests. */
export interface FeedIdentity {
  readonly snapshot: string
  readonly options: string
}

/** As the token holds it. */
const cursorSchema = z
  .object({ snapshot: z.string().min(1), options: z.string().min(1), place: placeSchema })
  .refine(({ place }) => place.position >= place.base)

/** The place at an epoch's beginning. */
export function epochStart(epoch: number): FeedPlace {
  return { epoch, window: 0, base: 0, position: 0 }
}

/** The token that a client keeps: opaque to it, safe in an address. */
export function encodeCursor({ snapshot, options }: FeedIdentity, place: FeedPlace): string {
  const { epoch, window, base, position } = place
  const text = JSON.stringify([snapshot, options, epoch, window, base, position])
  return Buffer.from(text).toString('base64url')
}

/**
 * The place that a token stands for. Throws FldError `config_invalid` for what is no token, `run_conflict`, naming both
 * sides, for one of another snapshot or of other options.
 */
export function decodeCursor(token: string, identity: FeedIdentity): FeedPlace {
  const cursor = parseToken(token)
  for (const what of ['snapshot', 'options'] as const) {
    if (cursor[what] === identity[what]) continue
    const message = `the cursor is of ${what} ${cursor[what]}, and this feed has ${what} ${identity[what]}: its place means nothing here`
    throw new FldError('run_conflict', message, { details: { parameter: 'cursor', [what]: cursor[what] } })
  }
  return cursor.place
}

function parseToken(token: string): z.infer<typeof cursorSchema> {
  const parsed = cursorSchema.safeParse(fieldsOf(token))
  if (parsed.success) return parsed.data
  const shown = token.length > 60 ? `${token.slice(0, 60)}...` : token
  throw new FldError('config_invalid', `cursor is "${shown}"; it must be one that a feed gave, unchanged`, {
    details: { parameter: 'cursor' },
  })
}

function fieldsOf(token: string): unknown {
  try {
    const fields: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
    if (!Array.isArray(fields) || fields.length !== 6) return null
    const [snapshot, options, epoch, window, base, position] = fields as unknown[]
    return { snapshot, options, place: { epoch, window, base, position } }
  } catch {
    return null
  }
}
