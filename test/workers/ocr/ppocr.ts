import { readFile } from 'node:fs/promises'
import type { TextRegionObservation } from '../../../schemas/observation.js'
import type { Annotator, AnnotatorInput } from '../../../src/annotate/contract.js'
import { loadPackEntry } from '../../../src/models/packs/pack-file.js'
import { pullEntry } from '../../../src/models/packs/pull.js'
import { pullOptionsFrom } from '../../../src/models/packs/pull-options.js'
import { decodeImage } from '../../../src/models/pixels/decode-image.js'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { ocr } from '../../../workers/ocr/index.js'
import { rasterInput } from '../../annotate/annotator-conformance.js'

/** The real PP-OCRv4 of the starter pack, in the model cache. */
export async function ppocrFiles(): Promise<ReadonlyMap<string, string>> {
  const { entry } = await loadPackEntry('starter/ppocr')
  return pullEntry(entry, await pullOptionsFrom(process.env, process.cwd()))
}

/** Two threads of one each: detection and recognition run beside each other, as in production. */
export function testSessions(): SessionHost {
  return createSessionHost({ threads: 1, sessions: 2 })
}

export async function loadOcr(
  files: ReadonlyMap<string, string>,
  sessions: SessionHost,
  options: Record<string, unknown> = {},
): Promise<Annotator> {
  return ocr.load({ options: ocr.options.parse(options), files, vocabulary: null, sessions })
}

export async function imageInput(path: string): Promise<AnnotatorInput> {
  return rasterInput(path, await decodeImage(await readFile(path)))
}

/** The text regions of each image, with nothing else among them. */
export async function readTexts(
  annotator: Annotator,
  images: readonly AnnotatorInput[],
): Promise<TextRegionObservation[][]> {
  const results = await annotator.annotate(images, { signal: new AbortController().signal })
  return results.map((observations) =>
    observations.map((observation) => {
      if (observation.kind !== 'text_region') throw new Error(`ocr gave a ${observation.kind}`)
      return observation
    }),
  )
}
