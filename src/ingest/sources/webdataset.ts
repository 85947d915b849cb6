import { extname, posix } from 'node:path'
import { FldError } from '../../../schemas/errors.js'
import { isNamedLikeImage } from '../file-extension.js'
import { readLabels } from './row-labels.js'
import { type ImageSource, type ItemOptions, refusedItem, type SourceItem, type SourceLabels } from './source.js'
import type { SourceFile } from './source-file.js'
import { refusedSourceItem } from './source-item.js'
import { type TarFault, type TarMember, type TarSample, tarSamples } from './tar-samples.js'

const sidecars = new Set(['.json', '.txt', '.caption', '.cls'])

function extensionOf({ name }: TarMember): string {
  return extname(name).toLowerCase()
}

function emptyLabels(notes: readonly string[] = []): SourceLabels {
  return { boxes: null, captions: [], alt_text: null, drawn_on: null, notes }
}

function readJson(member: TarMember, text: string): SourceLabels | null {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return readLabels({ ...parsed }, member.name)
    }
    return emptyLabels([`${member.name} is not a JSON object`])
  } catch {
    return emptyLabels([`${member.name} is not JSON`])
  }
}

function readSidecar(member: TarMember): SourceLabels | null {
  if (member.body === null) return emptyLabels([`${member.name} is too long to be read: ${member.bytes} bytes`])
  const text = new TextDecoder('utf-8').decode(member.body).trim()
  if (extensionOf(member) === '.json') return readJson(member, text)
  // A class by number says nothing without its list of names.
  if (extensionOf(member) === '.cls' && /^\d*$/.test(text)) return null
  return text === '' ? null : { ...emptyLabels(), captions: [text] }
}

/** What the files beside an image say about it: see `readLabels` for .json; .txt, .caption and .cls in words are captions. */
function labelsOf({ members }: TarSample): SourceLabels | null {
  const read = members.filter((member) => sidecars.has(extensionOf(member))).map(readSidecar)
  const found = read.filter((labels) => labels !== null)
  if (found.length === 0) return null
  const looked = found.flatMap(({ boxes }) => (boxes === null ? [] : [boxes]))
  return {
    boxes: looked.length === 0 ? null : looked.flat(),
    captions: found.flatMap(({ captions }) => captions),
    alt_text: found.find(({ alt_text }) => alt_text !== null)?.alt_text ?? null,
    drawn_on: found.find(({ drawn_on }) => drawn_on !== null)?.drawn_on ?? null,
    notes: found.flatMap(({ notes }) => notes),
  }
}

function memberItem(tar: SourceFile, member: TarMember, labels: SourceLabels | null, limit: number): SourceItem {
  const source = `${tar.uri}#${member.name}`
  async function read(): Promise<Uint8Array> {
    if (member.body !== null) return member.body
    throw refusedItem('too_many_bytes', `${source} has ${member.bytes} bytes; allowed are ${limit}`, member.bytes)
  }
  return { source, name: posix.basename(member.name), listed: false, labels, read, head: async () => headOf(member) }
}

/** Of a member that is too long nothing was kept: it counts as no picture unless it is named like one. */
function headOf({ body }: TarMember): Uint8Array {
  return body?.subarray(0, 1024) ?? new Uint8Array()
}

function faultItem(tar: SourceFile, { truncated, detail }: TarFault): SourceItem {
  return refusedSourceItem(tar.uri, refusedItem(truncated ? 'truncated' : 'unreadable', detail))
}

async function* tarItems(tar: SourceFile, options: ItemOptions): AsyncGenerator<SourceItem, void, undefined> {
  try {
    for await (const sample of tarSamples(tar, options)) {
      if ('truncated' in sample) {
        yield faultItem(tar, sample)
        continue
      }
      const hasImage = sample.members.some(({ name }) => isNamedLikeImage(name))
      const labels = hasImage ? labelsOf(sample) : null
      for (const member of sample.members) {
        if (!hasImage || !sidecars.has(extensionOf(member))) yield memberItem(tar, member, labels, options.limit)
      }
    }
  } catch (error) {
    if (!(error instanceof FldError) || error.code !== 'image_refused') throw error
    yield refusedSourceItem(tar.uri, error)
  }
}

/**
 * WebDataset tars: images and, of the same name up to the first dot, .json, .txt, .caption or .cls files with captions. A
 * damaged or missing tar is a refusal; what was read of it and the other tars count.
 */
export function webdatasetSource(options: { uri: string; tars: () => Promise<readonly SourceFile[]> }): ImageSource {
  return {
    kind: 'webdataset',
    uri: options.uri,
    labelled: true,
    async *items(itemOptions) {
      let ordinal = 0
      for (const tar of await options.tars()) {
        for await (const item of tarItems(tar, itemOptions)) {
          if (ordinal++ >= (itemOptions.from ?? 0)) yield item
        }
      }
    },
    async *versions({ signal }) {
      for (const tar of await options.tars()) yield `${tar.name} ${await tar.version({ signal })}`
    },
    close: async () => undefined,
  }
}
