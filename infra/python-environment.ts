import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { errorMessage, FldError } from '../schemas/errors.js'

/** The Python of an environment that has what `requirements` lists; made on the first call, which says so. */
export async function pythonWith(requirements: string, environment: string): Promise<string> {
  const python = join(environment, 'bin', 'python')
  const ready = await access(python).then(
    () => true,
    () => false,
  )
  if (!ready) {
    process.stderr.write(`installing ${requirements} into ${environment}\n`)
    await mustRun('python3', ['-m', 'venv', environment])
  }
  await mustRun(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  return python
}

async function mustRun(program: string, args: readonly string[]): Promise<void> {
  const code = await runPython(program, args)
  if (code !== 0) throw new FldError('internal', `${program} ${args.join(' ')} ended with status ${code}`)
}

/** Runs a program on this terminal; returns its exit code. Throws FldError `internal` that says what to install. */
export async function runPython(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } })
  try {
    const [code] = await once(child, 'exit')
    return typeof code === 'number' ? code : 1
  } catch (cause) {
    const hint = 'Python 3.10 or newer with venv is needed (Debian, Ubuntu: apt-get install python3-venv)'
    throw new FldError('internal', `${program} cannot be started: ${errorMessage(cause)}. ${hint}.`, { cause })
  }
}
