/** One line about what set-up does and why. */
export function say(line) {
  process.stdout.write(`[set-up] ${line}\n`)
}

/** Set-up cannot go on: what is missing and what to do about it, without a stack trace. */
export class SetupError extends Error {
  name = 'SetupError'
}

/** Runs a set-up script: a SetupError and a wrong option are printed as text, anything else with its stack; exit code 1 for both. */
export async function runScript(main) {
  try {
    await main()
  } catch (error) {
    const expected = error instanceof SetupError || error.code?.startsWith('ERR_PARSE_ARGS')
    const text = expected ? error.message : (error.stack ?? String(error))
    process.stderr.write(`\n[set-up] ${text}\n`)
    process.exitCode = 1
  }
}
