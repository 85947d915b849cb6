import { resolve } from 'node:path'
import { FldError } from '../../schemas/errors.js'
import type { EndpointAddress } from '../annotate/contract.js'
import { endpointTarget } from '../models/endpoint/endpoint-address.js'
import { type PullOptions, pullOptionsFrom } from '../models/packs/pull-options.js'
import type { ObjectStore } from '../storage/object-store.js'
import { openStore } from '../storage/open-store.js'
import { s3Settings } from '../storage/s3-settings.js'

/** What the environment says, read once at the edge. */
export interface Environment {
  /** Null: a redis-server of our own. */
  readonly redisUrl: string | null
  /** Where stores are when --out is not given. */
  readonly out: string
  /** The OpenAI-compatible server of annotators that ask a language model; undefined without FLD_ENDPOINT_URL. */
  readonly endpoint: EndpointAddress | undefined
  /** The model to ask it for where an entry names none; undefined without FLD_ENDPOINT_MODEL. */
  readonly endpointModel: string | undefined
  /** How model files are had. */
  pullOptions(): Promise<PullOptions>
  openStore(location: string): Promise<ObjectStore>
}

/** For `--help`: the variables that are read here. */
export const environmentHelp = `
Environment:
  FLD_OUT        store used when --out is not given (default ./fld-data)
  REDIS_URL      redis://[user:password@]host:port; without it a redis-server of our own is started
  FLD_CACHE      folder of pulled models (default ~/.cache/fld)
  FLD_MODELS     folders with model files, separated as in PATH
  FLD_ENDPOINT_URL     OpenAI-compatible server of captioners that ask a language model: http://host:8000/v1
  FLD_ENDPOINT_MODEL   the model to ask it for, where a pack names none
  FLD_ENDPOINT_KEY     its key; sent to FLD_ENDPOINT_URL only, and kept nowhere
  HF_ENDPOINT, HF_TOKEN                          the hub
  AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_...       the S3 server, as AWS's own tools read them`

type Variables = Readonly<Record<string, string | undefined>>

/** Reads the environment. Throws FldError `config_invalid` for an endpoint's address or key that cannot be one. */
export function readEnvironment(env: Variables = process.env): Environment {
  const open = (location: string) => openStore(location, { s3: location.startsWith('s3:') ? s3Settings(env) : {} })
  return {
    redisUrl: env.REDIS_URL ? env.REDIS_URL : null,
    out: env.FLD_OUT ? env.FLD_OUT : './fld-data',
    endpoint: endpointFrom(env),
    endpointModel: env.FLD_ENDPOINT_MODEL?.trim() || undefined,
    pullOptions: async () => ({ ...(await pullOptionsFrom(env, process.cwd())), openStore: open }),
    openStore: open,
  }
}

/** Checked here, so that a wrong address is told at the start and not by the first job. */
function endpointFrom(env: Variables): EndpointAddress | undefined {
  const url = env.FLD_ENDPOINT_URL?.trim()
  const key = env.FLD_ENDPOINT_KEY?.trim() || null
  if (!url) {
    if (key === null) return undefined
    throw new FldError(
      'config_invalid',
      'FLD_ENDPOINT_KEY is set without FLD_ENDPOINT_URL: a key is sent to that address only, and would be used nowhere',
    )
  }
  const address = { url, key }
  endpointTarget(address, undefined)
  return address
}

/** A store's location that means the same in another working directory. */
export function absoluteLocation(location: string): string {
  if (location.trim() === '')
    throw new FldError('config_invalid', 'a place is empty: name a folder or s3://bucket/prefix')
  return /^[a-z][a-z0-9+.-]+:/i.test(location) ? location : resolve(location)
}
