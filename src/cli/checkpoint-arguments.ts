import { InvalidArgumentError } from 'commander'
import { checkpointOf } from '../../schemas/annotator-use.js'
import { runName } from './arguments.js'

/** A checkpoint as a person names it; null for a version that is not said. */
export interface AskedVersion {
  readonly name: string
  readonly version: number | null
}

/** Parses `base` or `base@2`. */
export function checkpointVersion(text: string): AskedVersion {
  const asked = checkpointOf(`checkpoint/${text}`)
  if (asked !== null) return asked
  throw new InvalidArgumentError('It must be a name, or name@version with a version of 1, 2, 3...')
}

/** Parses `run` or `run:round`; round 0 when it is left out. */
export function snapshotName(text: string): { run: string; round: number } {
  const [, run = '', round = '0'] = /^(.*?)(?::(\d{1,6}))?$/.exec(text) ?? []
  return { run: runName(run), round: Number(round) }
}
