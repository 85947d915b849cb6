import type { DtypeChoice } from '../../schemas/pack.js'
import type { Environment } from './environment.js'

/** How the source of a checkpoint is read. */
export interface SourceOptions {
  readonly environment: Environment
  /** The dtype to keep of each graph; undefined where nobody chose. */
  readonly dtype: DtypeChoice | undefined
  readonly signal: AbortSignal
}

/** The files of a checkpoint on this machine. */
export interface FoundCheckpoint {
  /** Local paths by path in the layout; others may be among them. */
  readonly files: ReadonlyMap<string, string>
  /** Where they came from, pinned where that can be said. */
  readonly source: string
  /** The dtype to keep of each graph; undefined keeps all that are there. */
  readonly dtype: DtypeChoice | undefined
}
