import { existsSync } from 'node:fs'
import { chmod, readdir, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.mjs'
import { SetupError, say } from './report.mjs'

const sources = ['schemas', 'src', 'pipelines', 'workers', 'package.json', 'tsconfig.json', 'tsconfig.build.json']

/** Compiles the TypeScript sources to dist/, unless nothing changed since the last time. */
export async function ensureBuild(root) {
  const stamp = join(root, 'dist/.tsbuildinfo')
  const entry = join(root, 'dist/src/cli/main.js')
  const built = existsSync(entry) && existsSync(stamp) ? (await stat(stamp)).mtimeMs : 0
  const newest = Math.max(...(await Promise.all(sources.map((path) => newestChange(join(root, path))))))
  if (newest <= built) return
  say('compiling TypeScript to dist/')
  const started = new Date()
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const code = await run(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], { cwd: root })
  if (code !== 0) throw new SetupError(`the TypeScript compiler ended with code ${code} (see above).`)
  // tsc leaves the stamp alone when a touched file says what it said before.
  await utimes(stamp, started, started)
  await chmod(entry, 0o755)
}

/** The newest modification time, in ms since 1970, of a file or of any file and folder below a folder. */
async function newestChange(path) {
  const info = await stat(path)
  if (!info.isDirectory()) return info.mtimeMs
  const names = await readdir(path)
  const times = await Promise.all(names.map((name) => newestChange(join(path, name))))
  return Math.max(info.mtimeMs, ...times)
}
