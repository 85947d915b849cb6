import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { ObjectStore } from '../../storage/object-store.js'
import { type NpmSettings, readNpmSettings } from './npm-settings.js'

/** How far a download is. */
export interface PullProgress {
  /** Path of the file in its entry, or `package@version` for a package that is unpacked when it is here. */
  readonly file: string
  readonly receivedBytes: number
  /** Null until the server has told. */
  readonly totalBytes: number | null
  /** The source as the pack writes it. */
  readonly source: string
}

export interface RetrySettings {
  /** Requests for one file from one source before the next source is tried. */
  readonly attempts: number
  /** Pause after the first failure; doubled after each further one, at most 30 s. */
  readonly baseDelayMs: number
  /** A connection that brings no byte for this long counts as cut. */
  readonly stallMs: number
}

/** Where model files come from and where they are kept. */
export interface PullOptions {
  /** The cache: one folder for all packs. See `modelCacheFolder`. */
  readonly cache: string
  /** Local model folders that `folder:` sources are looked up in, in this order. */
  readonly folders?: readonly string[]
  readonly npm?: NpmSettings
  /** Default https://huggingface.co. */
  readonly hubEndpoint?: string
  /** Sent to the endpoint's own host only. */
  readonly hubToken?: string
  /** Opens the store of an `s3:` source (`s3://bucket` or `s3://bucket/prefix`); without it such sources fail. */
  readonly openStore?: (location: string) => Promise<ObjectStore>
  readonly onProgress?: (progress: PullProgress) => void
  readonly retry?: Partial<RetrySettings>
  readonly signal?: AbortSignal
}

type Environment = Readonly<Record<string, string | undefined>>

/** Where models are kept: FLD_CACHE, else fld in XDG_CACHE_HOME, else ~/.cache/fld. */
export function modelCacheFolder(env: Environment): string {
  if (env.FLD_CACHE) return env.FLD_CACHE
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'fld')
}

/**
 * The pull options that the environment gives: FLD_CACHE, FLD_MODELS (folders, separated as in PATH), HF_ENDPOINT,
 * HF_TOKEN, and npm's registry (npm_config_registry, else the user's and the working folder's .npmrc).
 */
export async function pullOptionsFrom(env: Environment, workingFolder: string): Promise<PullOptions> {
  return {
    cache: modelCacheFolder(env),
    folders: (env.FLD_MODELS ?? '').split(delimiter).filter((folder) => folder !== ''),
    npm: await readNpmSettings(env, workingFolder),
    ...(env.HF_ENDPOINT ? { hubEndpoint: env.HF_ENDPOINT } : {}),
    ...(env.HF_TOKEN ? { hubToken: env.HF_TOKEN } : {}),
  }
}
