import { resolve } from 'node:path'
import { type PullOptions, pullOptionsFrom } from '../models/pull-options.js'
import type { ObjectStore } from '../storage/object-store.js'
import { openStore } from '../storage/open-store.js'
import { s3Settings } from '../storage/s3-settings.js'

/** What the environment says, read once at the edge. */
export interface Environment {
  /** Null: a redis-server of our own. */
  readonly redisUrl: string | null
  /** Where stores are when --out is not given. */
  readonly out: string
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
  HF_ENDPOINT, HF_TOKEN                          the hub
  AWS_ENDPOINT_URL_S3, AWS_REGION, AWS_...       the S3 server, as AWS's own tools read them`

/** Reads the environment. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>> = process.env): Environment {
  const open = (location: string) => openStore(location, { s3: location.startsWith('s3:') ? s3Settings(env) : {} })
  return {
    redisUrl: env.REDIS_URL ? env.REDIS_URL : null,
    out: env.FLD_OUT ? env.FLD_OUT : './fld-data',
    pullOptions: async () => ({ ...(await pullOptionsFrom(env, process.cwd())), openStore: open }),
    openStore: open,
  }
}

/** A store's location that means the same in another working directory. */
export function absoluteLocation(location: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(location) ? location : resolve(location)
}
