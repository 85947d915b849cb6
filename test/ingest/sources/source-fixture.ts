import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pack } from 'tar-stream'
import { expect } from 'vitest'
import { FldError } from '../../../schemas/errors.js'
import { type OpenSourceOptions, openSource } from '../../../src/ingest/sources/open-source.js'
import type { ImageSource, SourceItem } from '../../../src/ingest/sources/source.js'

/** A new folder with these files in it; `remove` it at the end. */
export interface TestFolder {
  readonly path: string
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>
  remove(): Promise<void>
}

export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'fld-source-'))
  return {
    path,
    async write(files) {
      for (const [name, body] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true })
        await writeFile(join(path, name), body)
      }
    },
    remove: () => rm(path, { recursive: true }),
  }
}

/** A tar of these files, with an empty folder at its end. */
export async function tarOf(members: readonly (readonly [name: string, body: string | Uint8Array])[]): Promise<Buffer> {
  const tar = pack()
  for (const [name, body] of members) tar.entry({ name, mtime: new Date(0) }, Buffer.from(body))
  tar.entry({ name: 'folder/', type: 'directory' })
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar) {
    if (chunk instanceof Uint8Array) chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export const noBuckets: Pick<OpenSourceOptions, 'output' | 'openStore'> = {
  output: '/somewhere/else',
  openStore: async (uri) => {
    throw new Error(`asked for ${uri}`)
  },
}

/** What an item came to: its bytes as text, or the reason that it was refused. */
export interface ItemSummary {
  readonly source: string
  readonly text: string
  readonly labels: SourceItem['labels']
}

async function summarize(item: SourceItem): Promise<ItemSummary> {
  const text = await item.read().then(
    (bytes) => Buffer.from(bytes).toString(),
    (error: unknown) => {
      if (error instanceof FldError && error.code === 'image_refused') return `refused: ${error.details.reason}`
      throw error
    },
  )
  return { source: item.source, text, labels: item.labels }
}

/** Every item of a source. */
export async function readItems(
  source: ImageSource,
  { from = 0, limit = 1_000_000 }: { from?: number; limit?: number } = {},
): Promise<ItemSummary[]> {
  const found: ItemSummary[] = []
  for await (const item of source.items({ from, limit })) found.push(await summarize(item))
  return found
}

/** Opens the source that a spec names, reads every item and closes it. */
export async function readSource(spec: string, options: Partial<OpenSourceOptions> = {}): Promise<ItemSummary[]> {
  const source = await openSource(spec, { ...noBuckets, ...options })
  try {
    const items = await readItems(source)
    // Every source can be continued in the middle.
    expect(await readItems(source, { from: 1 })).toEqual(items.slice(1))
    return items
  } finally {
    await source.close()
  }
}

/** Sources and texts of the items, below a folder. */
export async function listSource(
  spec: string,
  below: string,
  options: Partial<OpenSourceOptions> = {},
): Promise<string[]> {
  const items = await readSource(spec, options)
  return items.map(({ source, text }) => `${source.replace(`${below}/`, '')} ${text}`)
}
