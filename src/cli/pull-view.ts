import { FldError } from '../../schemas/errors.js'
import type { RunPlan } from '../../schemas/run.js'
import { pullEntry } from '../models/packs/pull.js'
import type { PullProgress } from '../models/packs/pull-options.js'
import type { Environment } from './environment.js'
import { byteSize } from './format-text.js'

/**
 * Brings the models of a run into the cache, and says what arrives. Nothing is said when all are there. An optional
 * annotator without its files is said and left to the shards, which record it as absent.
 */
export async function pullModels(plan: RunPlan, environment: Environment): Promise<void> {
  const options = await environment.pullOptions()
  for (const { name, entry, required } of plan.annotators) {
    await pullEntry(entry, { ...options, onProgress: pullReporter() }).catch((error: unknown) => {
      if (required || !(error instanceof FldError) || error.code !== 'model_unavailable') throw error
      process.stderr.write(`optional annotator "${name}" will be absent: ${error.message}\n`)
    })
  }
}

/** Reports a file when it begins to arrive and when it is here. */
export function pullReporter(output: NodeJS.WriteStream = process.stderr): (progress: PullProgress) => void {
  const begun = new Set<string>()
  const ended = new Set<string>()
  return ({ file, receivedBytes, totalBytes, source }) => {
    const name = `${source} ${file}`
    if (!begun.has(name)) {
      begun.add(name)
      output.write(`  pulling ${file} from ${source}${totalBytes === null ? '' : ` (${byteSize(totalBytes)})`}\n`)
    }
    if (totalBytes !== null && receivedBytes >= totalBytes && !ended.has(name)) {
      ended.add(name)
      output.write(`  ${file}: ${byteSize(receivedBytes)} received\n`)
    }
  }
}
