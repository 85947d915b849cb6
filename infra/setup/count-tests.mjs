import { readFile } from 'node:fs/promises'
import { runScript, SetupError } from './report.mjs'

/**
 * Prints "<n> passed, <n> failed" from the report that vitest wrote (--reporter=json): the last line of .ci/run. A test
 * file that could not be loaded has no tests to count and counts as one failure.
 */
await runScript(async () => {
  const [file = ''] = process.argv.slice(2)
  const report = await readFile(file, 'utf8').then(JSON.parse, () => null)
  if (report === null) throw new SetupError(`there is no test report at "${file}": vitest ended before it wrote one.`)
  const unloadable = report.testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((result) => result.status === 'failed')
  })
  const skipped = report.numPendingTests + report.numTodoTests
  if (skipped > 0) process.stdout.write(`(${skipped} skipped)\n`)
  process.stdout.write(`${report.numPassedTests} passed, ${report.numFailedTests + unloadable.length} failed\n`)
})
