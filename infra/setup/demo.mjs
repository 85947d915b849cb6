import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, parse, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { capture, run } from './command.mjs'
import { prepare, root } from './prepare.mjs'
import { runScript, SetupError } from './report.mjs'
import { ensureSamples } from './samples.mjs'

const fldPath = join(root, 'dist/src/cli/main.js')
/** Of the sample photographs, those that are drawn. */
const shown = ['coffee.png', 'astronaut.png']

/**
 * `npm run demo [-- --images <folder>] [--out <folder>]`: from a fresh checkout to committed tables and two pictures to
 * look at. Everything that it shows is done by `fld`; the commands are printed.
 */
async function demo() {
  const options = { images: { type: 'string' }, out: { type: 'string', default: 'fld-demo' } }
  const { values } = parseArgs({ options })
  const started = Date.now()
  await prepare('demo')
  const images = values.images === undefined ? await ensureSamples() : resolve(values.images)
  const out = resolve(values.out)
  await fld('models', 'pull', 'starter')
  await fld('run', 'starter', '--images', images, '--out', out)
  const name = await newestRun(out)
  const pictures = []
  for (const file of await filesToShow(images, values.images === undefined)) {
    const picture = join(out, `${parse(file).name}-overlay.png`)
    await fld('inspect', name, '--out', out, '--image', await imageId(file), '--overlay', picture)
    pictures.push(picture)
  }
  const path = relative(process.cwd(), out)
  const here = path.startsWith('..') ? out : path || '.'
  process.stdout.write(
    `
Done in ${Math.round((Date.now() - started) / 1000)} s. Two pictures to look at:
${pictures.map((picture) => `  ${picture}`).join('\n')}

The rest, in words and pictures:
  npx fld inspect ${name} --out ${here}
  npx fld inspect ${name} --out ${here} --image <id> --overlay look.png
`,
  )
}

/** Runs a command of `fld` and shows what it shows. "Finished, some images refused" (3) is an end like any other here. */
async function fld(...commandArguments) {
  process.stdout.write(`\n$ fld ${commandArguments.join(' ')}\n`)
  // Ctrl-C reaches the command as well: it ends in its own way, and we with it.
  const wait = () => undefined
  process.on('SIGINT', wait)
  const code = await run(process.execPath, [fldPath, ...commandArguments])
  process.off('SIGINT', wait)
  if (code === 130) process.exit(code)
  if (code !== 0 && code !== 3) throw new SetupError(`\`fld ${commandArguments[0]}\` ended with exit code ${code}.`)
}

/** The name of the run that was made last. */
async function newestRun(out) {
  const { code, output } = await capture(process.execPath, [fldPath, 'runs', '--out', out, '--json'])
  const runs = output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line)]))
  const newest = runs.sort((one, other) => (one.created_at < other.created_at ? 1 : -1))[0]
  if (code !== 0 || newest === undefined)
    throw new SetupError(`\`fld runs\` found no run in ${out} (exit code ${code}).`)
  return newest.run
}

/** Two images of the folder: of a user's folder, the first two by name. */
async function filesToShow(folder, isSamples) {
  if (isSamples) return shown.map((name) => join(folder, name))
  const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png|webp|avif|tiff?)$/i.test(name)).sort()
  return names.slice(0, 2).map((name) => join(folder, name))
}

/** As ingest names images: the first 24 hex digits of the file's sha256. */
async function imageId(file) {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
    .slice(0, 24)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(demo)
