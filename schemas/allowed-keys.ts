import { z } from 'zod'

/**
 * For `safeParse(value, { error: namesAllowedKeys })`: a key that a schema does not know is refused with those it does
 * know. Everything else keeps zod's own message.
 */
export const namesAllowedKeys: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'unrecognized_keys' || !(issue.inst instanceof z.ZodObject)) return undefined
  const keys = issue.keys.map((key) => `"${key}"`).join(', ')
  return `Unrecognized ${issue.keys.length === 1 ? 'key' : 'keys'}: ${keys}; allowed: ${Object.keys(issue.inst.shape).join(', ')}`
}
