import { join, parse, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { capture, run } from './command.mjs'
import { prepare, root } from './prepare.mjs'
import { runScript, SetupError } from './report.mjs'
import { ensureSamples } from './samples.mjs'

const fldPath = join(root, 'dist/src/cli/main.js')

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
  const name = await runOver(images, out)
  const pictures = []
  for (const image of await richestImages(name, out)) {
    const picture = join(out, `${parse(image.source).name}-overlay.png`)
    await fld('inspect', name, '--out', out, '--image', image.image_id, '--overlay', picture)
    pictures.push(picture)
  }
  const path = relative(process.cwd(), out)
  const here = path.startsWith('..') ? out : path || '.'
  process.stdout.write(
    `
Done in ${Math.round((Date.now() - started) / 1000)} s. Pictures to look at:
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

/** The name of the newest run over these images. */
async function runOver(images, out) {
  const runs = (await fldJson('runs', '--out', out)).filter(({ source }) => source === images)
  const newest = runs.sort((one, other) => (one.created_at < other.created_at ? 1 : -1))[0]
  if (newest === undefined) throw new SetupError(`\`fld runs\` found no run over ${images} in ${out}.`)
  return newest.run
}

/** The two images of the first shard that have the most regions. */
async function richestImages(name, out) {
  const images = await fldJson('inspect', name, '--out', out, '--shard', '0')
  return images.sort((one, other) => other.regions - one.regions).slice(0, 2)
}

/** What a command of `fld` says as JSON lines. */
async function fldJson(...commandArguments) {
  const { code, output } = await capture(process.execPath, [fldPath, ...commandArguments, '--json'])
  if (code !== 0) throw new SetupError(`\`fld ${commandArguments[0]}\` ended with exit code ${code}.`)
  return output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(demo)
