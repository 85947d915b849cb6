import { stat } from 'node:fs/promises'
import { extname, isAbsolute, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FldError } from '../../../schemas/errors.js'
import type { ObjectStore } from '../../storage/object-store.js'
import { cocoSource } from './coco.js'
import { csvSource } from './csv-manifest.js'
import { folderSource } from './folder.js'
import { jsonlSource, listSource } from './line-manifests.js'
import { bucketPlace, type Locations, openLocations } from './locations.js'
import { s3PrefixSource } from './s3-prefix.js'
import { shownReference } from './shown-reference.js'
import type { ImageSource } from './source.js'
import type { SourceFile } from './source-file.js'
import { findTars, isPattern } from './tar-pattern.js'
import { noWeb, type WebAccess } from './web-file.js'
import { webdatasetSource } from './webdataset.js'

export interface OpenSourceOptions {
  /** The uri of the store that the results go to: it is never read as input. */
  readonly output: string
  /** Opens `s3://bucket` with the caller's settings. */
  readonly openStore: (uri: string) => Promise<ObjectStore>
  /** Folder or s3:// prefix of a COCO file's images, where they are not in a usual place. */
  readonly image_folder?: string
  /** Whether relative paths of a manifest may lead out of its folder. */
  readonly outside?: boolean
  /** What lists and manifests may refer to on the web; nothing when left out. */
  readonly web?: WebAccess
  /** Where listings are kept while the source is open; the system's temporary folder by default. */
  readonly work_folder?: string
}

const allowed = `Allowed are:
  a folder (read with all folders in it)
  s3://bucket/prefix
  a list: images.txt, one path or uri a line
  a manifest: images.jsonl, images.csv or images.tsv, with a column path or uri (http(s) too, of hosts that --allow-hosts names)
  a COCO annotation file: instances_*.json or captions_*.json
  WebDataset tars: images.tar, part-{000..099}.tar or *.tar
each but the folder on this machine or in a bucket.`

/** What the engine makes at the top of a store. */
const storeFolders = ['images', 'observations', 'runs', 'checkpoints', 'calibrations']

function invalid(spec: string, fault: string, cause?: unknown): FldError {
  return new FldError('source_invalid', `Cannot read images from ${shownReference(spec)}: ${fault}. ${allowed}`, {
    cause,
  })
}

function localPath(spec: string): string {
  if (!/^file:/i.test(spec)) return resolve(spec)
  try {
    return fileURLToPath(spec)
  } catch (error) {
    throw invalid(spec, 'it is not a file:// uri with an absolute path', error)
  }
}

/** The spec as an absolute path or an s3:// uri. */
function locate(spec: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(spec)?.[1]?.toLowerCase()
  if (spec.trim() === '') throw invalid('""', 'nothing is named')
  if (scheme === 's3') return `s3${spec.slice(2)}`
  if (scheme === undefined || scheme === 'file') return localPath(spec)
  const advice = scheme.startsWith('http')
    ? 'a source is a list or a manifest here or in a bucket; its rows may name hosts of --allow-hosts'
    : 'no such source'
  throw invalid(spec, `${scheme}:// is not read: ${advice}`)
}

function refuseOverlap(uri: string, output: string): void {
  const [input, results] = [uri, output].map((each) => each.replace(/\/+$/, ''))
  const own = storeFolders.some((folder) => `${input}/`.startsWith(`${results}/${folder}/`))
  if (input !== results && !own) return
  throw invalid(uri, `the results go to ${output}, so its own files would be read as images; choose another output`)
}

/** A folder that is named and not read would go unnoticed, and one that is not there would refuse every image for good. */
async function checkImageFolder(uri: string, folder: string): Promise<void> {
  if (extname(uri).toLowerCase() !== '.json') {
    const fault = `an image folder goes with a COCO annotation file (.json), and ${uri} is none`
    throw new FldError('source_invalid', `${fault}; leave out ${folder}`)
  }
  if (bucketPlace(folder) !== null) return
  const stats = await stat(resolve(folder)).catch(() => null)
  if (stats?.isDirectory()) return
  throw new FldError('source_invalid', `the image folder ${resolve(folder)} is not there or is no folder`)
}

type SourceOpener = (file: SourceFile) => ImageSource

function openerOf(name: string, locations: Locations, options: OpenSourceOptions): SourceOpener | null {
  const folder = options.image_folder
  const image_folder = folder === undefined || bucketPlace(folder) !== null ? folder : resolve(folder)
  switch (extname(name).toLowerCase()) {
    case '.txt':
      return (file) => listSource({ file, locations })
    case '.jsonl':
    case '.ndjson':
      return (file) => jsonlSource({ file, locations })
    case '.csv':
    case '.tsv':
      return (file) => csvSource({ file, locations })
    case '.json':
      return (file) => cocoSource({ file, locations, image_folder, work_folder: options.work_folder })
    case '.tar':
      return (file) => webdatasetSource({ uri: file.uri, tars: async () => [file] })
    default:
      return null
  }
}

/** The folder or prefix itself, where the spec names no file. */
async function openTree(uri: string, locations: Locations, options: OpenSourceOptions): Promise<ImageSource | null> {
  const output = isAbsolute(options.output) || bucketPlace(options.output) ? options.output : localPath(options.output)
  if (bucketPlace(uri) !== null) {
    if (openerOf(posix.basename(uri), locations, options) !== null) return null
    refuseOverlap(uri, output)
    return s3PrefixSource({ uri, excluded: [output], locations })
  }
  const stats = await stat(uri).catch((error: unknown) => {
    throw invalid(uri, 'there is nothing of this name that can be read', error)
  })
  if (!stats.isDirectory()) return null
  refuseOverlap(uri, output)
  return folderSource({ path: uri, excluded: [output], work_folder: options.work_folder })
}

async function open(uri: string, locations: Locations, options: OpenSourceOptions): Promise<ImageSource> {
  const pattern =
    isPattern(uri) && extname(uri).toLowerCase() === '.tar' && (await stat(uri).catch(() => null)) === null
  if (pattern) return webdatasetSource({ uri, tars: () => findTars(uri, locations) })
  const tree = await openTree(uri, locations, options)
  if (tree !== null) return tree
  const opener = openerOf(uri, locations, options)
  if (opener === null) throw invalid(uri, `a file named *${extname(uri) || ' without extension'} is no source`)
  const file = await locations.file(uri)
  await file.head({}).catch((error: unknown) => {
    throw error instanceof FldError && error.code === 'image_refused' ? invalid(uri, error.message, error) : error
  })
  return opener(file)
}

/**
 * Opens the source that a spec names: its kind is told by what the spec is and how it is named. Close it when done.
 * Throws FldError `source_invalid`, listing what is allowed.
 */
export async function openSource(spec: string, options: OpenSourceOptions): Promise<ImageSource> {
  const uri = locate(spec)
  if (options.image_folder !== undefined) await checkImageFolder(uri, options.image_folder)
  const { openStore, outside = false, web = noWeb } = options
  const locations = openLocations({ openStore, outside, web })
  const source = await open(uri, locations, options)
  return {
    ...source,
    async close() {
      await source.close()
      await locations.close()
    },
  }
}
