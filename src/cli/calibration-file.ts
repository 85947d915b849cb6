import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Calibration, calibrationSchema } from '../../schemas/calibration.js'
import { errorMessage, FldError } from '../../schemas/errors.js'
import { readCalibration } from '../run/calibration-registry.js'
import type { ObjectStore } from '../storage/object-store.js'

/** What --calibration takes, for its help. */
export const calibrationHelp =
  'take scores as a calibration has them: name, name@version, or a file of fld calibrate (.json)'

/**
 * The calibration that `--calibration` names: `name` or `name@version` of the store, or a .json file. Throws FldError
 * `config_invalid` naming what is wrong, or what there is.
 */
export async function findCalibration(store: ObjectStore, asked: string): Promise<Calibration> {
  if (!asked.endsWith('.json')) return readCalibration(store, asked)
  let content: unknown
  try {
    content = JSON.parse(await readFile(asked, 'utf8'))
  } catch (cause) {
    throw new FldError('config_invalid', `cannot read the calibration ${asked}: ${errorMessage(cause)}`, { cause })
  }
  const parsed = calibrationSchema.safeParse(content)
  if (parsed.success) return parsed.data
  const message = `${asked} is no calibration: ${z.prettifyError(parsed.error)}`
  throw new FldError('config_invalid', message, { cause: parsed.error })
}
