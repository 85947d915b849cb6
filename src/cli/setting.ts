import { parse } from 'yaml'
import { z } from 'zod'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { errorMessage, FldError } from '../../schemas/errors.js'

/** A value that `--set` lays over what it was. */
export interface Setting {
  readonly path: readonly string[]
  readonly value: unknown
  /** As it was written, for messages. */
  readonly text: string
}

/** Reads `key.of.it=value`, the value as YAML. Throws FldError `config_invalid` with what was written. */
export function parseSetting(text: string): Setting {
  const equals = text.indexOf('=')
  const path = text.slice(0, Math.max(equals, 0)).split('.')
  if (equals < 1 || path.some((part) => part === '' || part === '__proto__')) {
    throw new FldError('config_invalid', `--set ${text}: write key=value`)
  }
  try {
    return { path, value: parse(text.slice(equals + 1)), text: `--set ${text}` }
  } catch (cause) {
    throw new FldError('config_invalid', `--set ${text}: the value is no YAML: ${errorMessage(cause)}`, { cause })
  }
}

/** What `--set` settings come to by a schema. Throws FldError `config_invalid` naming the key and what was allowed. */
export function settingsBy<Schema extends z.ZodType>(schema: Schema, sets: readonly string[]): z.output<Schema> {
  const edited = {}
  for (const setting of sets.map(parseSetting)) assignSetting(edited, setting)
  const parsed = schema.safeParse(edited, { error: namesAllowedKeys })
  if (parsed.success) return parsed.data
  const where = sets.map((text) => `--set ${text}`).join(', ')
  throw new FldError('config_invalid', `${where}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}

/** Puts a setting's value at its path, making what is missing on the way. Throws FldError `config_invalid` where it cannot. */
export function assignSetting(target: unknown, { path, value, text }: Setting): void {
  const [key, ...rest] = path
  if (key === undefined) return
  if (!isRecord(target)) throw new FldError('config_invalid', `${text}: there is nothing to set "${key}" in`)
  if (rest.length === 0) {
    target[key] = value
    return
  }
  target[key] ??= {}
  assignSetting(target[key], { path: rest, value, text })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
