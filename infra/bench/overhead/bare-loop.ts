/**
 * What a person would write without an engine: one process, a loop over the files, each decoded once, each model run
 * on it in turn, observations kept in memory. The same decoding, annotators and threads as `fld run` uses.
 *
 *   npx tsx infra/bench/overhead/bare-loop.ts <pipeline> <folder> <threads>   (prints seconds, models loaded apart)
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadAnnotator } from '../../../src/annotate/load-annotator.js'
import { readEnvironment } from '../../../src/cli/environment.js'
import { loadPipeline } from '../../../src/cli/pipeline-file.js'
import { loadPackEntry } from '../../../src/models/packs/pack-file.js'
import { pullEntry } from '../../../src/models/packs/pull.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { annotatorRegistry } from '../../../workers/registry.js'
import { directHost } from '../annotators/direct-host.js'

const [pipelineName = '', folder = '', threads = '2'] = process.argv.slice(2)
const pipeline = await loadPipeline(pipelineName, [])
const sessions = directHost(Number(threads))
const pull = await readEnvironment().pullOptions()
const annotators = []
for (const { use } of pipeline.stages.flatMap((stage) => stage.annotators)) {
  const { entry } = await loadPackEntry(use)
  const module = annotatorRegistry.get(entry.annotator)
  if (module?.needs !== 'image') continue
  const files = await pullEntry(entry, pull)
  annotators.push(await loadAnnotator({ entry, registry: annotatorRegistry, files, sessions }))
}
const entries = await readdir(folder, { recursive: true, withFileTypes: true })
const paths = entries.filter(({ name }) => /\.(jpe?g|png)$/i.test(name)).map((each) => join(each.parentPath, each.name))
const { signal } = new AbortController()
const started = performance.now()
let observations = 0
for (const path of paths.sort()) {
  const raster = await decodeImage(await readFile(path))
  const image = {
    image_id: path,
    width: raster.width,
    height: raster.height,
    pixels: async () => raster,
    regions: [],
    texts: [],
    regionTexts: [],
  }
  for (const annotator of annotators) {
    const [found = []] = await annotator.annotate([image], { signal })
    observations += found.length
  }
}
const seconds = (performance.now() - started) / 1000
process.stdout.write(`${JSON.stringify({ images: paths.length, observations, seconds })}\n`)
