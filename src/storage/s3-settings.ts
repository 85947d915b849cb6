import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'

/** S3 takes no smaller part than this, the last one of an upload apart. */
const smallestPart = 5 * 1024 * 1024

const endpointSchema = z
  .url({ protocol: /^https?$/, error: 'must be http(s)://host[:port]' })
  .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
    error: 'must not carry a user or password; give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead',
  })

/** How to reach an S3 server. Everything may be left out on AWS itself, where the SDK's own chain finds it. */
export const s3SettingsSchema = z
  .object({
    /** Of a server other than AWS: MinIO, Ceph, R2 ...; path-style addresses are used with it. */
    endpoint: endpointSchema.optional(),
    region: z.string().min(1).optional(),
    /** The SDK's chain (environment, profile, web identity, instance role) when absent. */
    credentials: z
      .object({
        accessKeyId: z.string().min(1),
        secretAccessKey: z.string().min(1),
        sessionToken: z.string().min(1).optional(),
      })
      .strict()
      .optional(),
    /** Tries of one request, the first included: 8 last about 13 s on average before an error is final. */
    maxAttempts: z.coerce.number().int().min(1).max(30).default(8),
    /** A connection that says nothing for so long is given up and the request repeated. */
    idleTimeoutMs: z.coerce.number().int().min(100).default(60_000),
    /** Objects above four parts, and streams above one, are uploaded in parts: 10,000 at most, so 80 GiB by default. */
    partBytes: z
      .number()
      .int()
      .min(smallestPart)
      .default(8 * 1024 * 1024),
  })
  .strict()
export type S3Settings = z.infer<typeof s3SettingsSchema>

/** Which variable each setting comes from; the first that is set and not empty counts. */
const variables = {
  endpoint: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'],
  region: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
  maxAttempts: ['AWS_MAX_ATTEMPTS'],
} as const

/**
 * The S3 settings of an environment, by the names that AWS's own tools use. Credentials stay with the SDK's chain,
 * which reads AWS_ACCESS_KEY_ID, AWS_PROFILE and the rest itself. Throws FldError `config_invalid`.
 */
export function s3Settings(env: Readonly<Record<string, string | undefined>>): S3Settings {
  const found = Object.entries(variables).flatMap(([setting, names]) => {
    const variable = names.find((name) => (env[name] ?? '') !== '')
    return variable === undefined ? [] : [{ setting, variable, value: env[variable] }]
  })
  const parsed = s3SettingsSchema.safeParse(Object.fromEntries(found.map(({ setting, value }) => [setting, value])))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const source = found.find(({ setting }) => setting === issue?.path[0])
  throw new FldError(
    'config_invalid',
    `${source?.variable} in the environment ${issue?.message ?? 'is not valid'}; it is ${shown(source?.value)}.`,
    { details: { variable: source?.variable } },
  )
}

/** A value for a message, without what might be a password in a URL. */
function shown(value: string | undefined): string {
  return JSON.stringify((value ?? '').replace(/\/\/[^@/]*@/, '//***@'))
}
