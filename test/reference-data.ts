import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

/** The folder of reference models, photographs and answers beside the checkout; FLD_REFERENCE_DATA names another. */
const root = process.env.FLD_REFERENCE_DATA ?? fileURLToPath(new URL('../../shared', import.meta.url))

/** The path of a reference file or folder; call it inside `describeWithReference` only. */
export function referencePath(path: string): string {
  return `${root}/${path}`
}

/** A describe block that needs reference data. Where the folder is absent it is skipped, loudly. */
export function describeWithReference(name: string, needs: readonly string[], body: () => void): void {
  const missing = needs.filter((path) => !existsSync(referencePath(path)))
  if (missing.length === 0) {
    describe(name, body)
    return
  }
  process.stderr.write(`SKIPPED: ${name}: no reference data at ${missing.map(referencePath).join(', ')}\n`)
  // The body itself may read what is not there.
  test.skip(`${name}: no reference data`, () => undefined)
}
