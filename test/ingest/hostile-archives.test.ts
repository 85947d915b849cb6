import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readImageIndex, readRefusedImages } from '../../src/dataset/image-set.js'
import { openStore } from '../../src/storage/open-store.js'
import { picture } from './bad-images.js'
import { ingestAll } from './ingest-fixture.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-hostile-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function bytesOf(tar: ReturnType<typeof pack>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of tar as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const png = (seed: number) => picture(seed, 40, 30).png().toBuffer()

/** Sources of the accepted, and of the refused with their reasons, by the end of their names. */
async function outcomes(spec: string): Promise<{ accepted: string[]; refused: string[] }> {
  const store = await openStore(join(folder, 'out'))
  try {
    const { set, shards } = await ingestAll(spec, store)
    const names = shards.map(({ shard }) => shard)
    const images = await Promise.all(names.map((shard) => readImageIndex(store, set.set, shard)))
    const refused = await Promise.all(names.map((shard) => readRefusedImages(store, set.set, shard)))
    const short = (source: string) => source.replace(folder, '')
    return {
      accepted: images
        .flat()
        .map(({ source }) => short(source))
        .sort(),
      refused: refused
        .flat()
        .map(({ source, reason }) => `${short(source)}: ${reason}`)
        .sort(),
    }
  } finally {
    await store.close()
  }
}

test('members that climb out, links and devices write nothing and read nothing outside', async () => {
  const tar = pack()
  tar.entry({ name: '../../climb.png' }, await png(1))
  tar.entry({ name: '/absolute.png' }, await png(2))
  tar.entry({ name: 'link.png', type: 'symlink', linkname: '/etc/passwd' })
  tar.entry({ name: 'hard.png', type: 'link', linkname: '../../climb.png' })
  tar.entry({ name: 'device.png', type: 'character-device' })
  tar.entry({ name: 'folder/', type: 'directory' })
  tar.entry({ name: 'nul\0hidden.png' }, await png(3))
  tar.entry({ name: 'good.png' }, await png(4))
  tar.finalize()
  await writeFile(join(folder, 'all.tar'), await bytesOf(tar))
  const { accepted, refused } = await outcomes(join(folder, 'all.tar'))
  expect(accepted.some((source) => source.endsWith('good.png'))).toBe(true)
  for (const source of [...accepted, ...refused]) expect(source).not.toMatch(/passwd|device|folder/)
  expect((await readdir(folder)).sort()).toEqual(['all.tar', 'out'])
})

test('a tar that is cut, that lies about a size or has a wrong checksum: what comes before counts, the rest is told', async () => {
  const tar = pack()
  tar.entry({ name: 'first.png' }, await png(5))
  tar.entry({ name: 'second.png' }, await png(6))
  tar.finalize()
  const whole = await bytesOf(tar)
  const second = whole.indexOf('second.png')
  const lies = Buffer.from(whole)
  lies.write('77777777777', second + 124, 'latin1')
  const sum = Buffer.from(whole)
  sum.write('0000000', second + 148, 'latin1')
  // 10 GB, with a checksum that fits.
  const header = lies.subarray(second, second + 512)
  header.fill(' ', 148, 156)
  const total = header.reduce((all, byte) => all + byte, 0)
  header.write(`${total.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  await writeFile(join(folder, 'a-cut.tar'), whole.subarray(0, second + 600))
  await writeFile(join(folder, 'b-lies.tar'), lies)
  await writeFile(join(folder, 'c-sum.tar'), sum)
  const { accepted, refused } = await outcomes(join(folder, '*.tar'))
  // The same picture three times over: one is in, and its twins are told.
  expect(accepted).toEqual(['/a-cut.tar#first.png'])
  for (const name of ['a-cut', 'b-lies', 'c-sum']) {
    expect(refused.filter((line) => line.startsWith(`/${name}`) && !line.endsWith('exact_duplicate'))).toHaveLength(1)
  }
})

test('rows of manifests that are no rows: a reason each, or one error that names the line', async () => {
  const good = await png(7)
  await writeFile(join(folder, 'good.png'), good)
  const rows = [
    { path: 'good.png', __proto__: { polluted: true } },
    { path: '../../../../etc/passwd' },
    { path: '/etc/passwd' },
    { path: 'nul\0.png' },
    { path: 'x'.repeat(5_000) },
    { path: `data:image/png;base64,${good.toString('base64')}` },
    { path: 'javascript:alert(1)' },
    { path: 'ftp://example.org/a.png' },
    { path: 'http://[::1]/a.png' },
    { path: 'http://' },
    { path: 'file:///etc/passwd' },
    { path: '.' },
  ]
  const text = rows.map((row) => JSON.stringify(row)).join('\n')
  await writeFile(
    join(folder, 'rows.jsonl'),
    `\ufeff${text}\n{"path":"good.png","__proto__":{"polluted":1},"constructor":2}\n`,
  )
  const { accepted, refused } = await outcomes(join(folder, 'rows.jsonl'))
  expect(accepted).toEqual(['/good.png'])
  expect(refused).toHaveLength(rows.length)
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  for (const line of refused) {
    expect(line).toMatch(/: (source_missing|source_denied|exact_duplicate|not_an_image|unsupported_format)$/)
  }
  await writeFile(join(folder, 'deep.jsonl'), `{"path":${'['.repeat(50_000)}${']'.repeat(50_000)}}\n`)
  await expect(outcomes(join(folder, 'deep.jsonl'))).rejects.toMatchObject({
    code: 'source_invalid',
    message: expect.stringContaining('deep.jsonl'),
  })
  await writeFile(join(folder, 'bytes.jsonl'), Buffer.from([0x7b, 0xff, 0xfe, 0x22, 0x0a]))
  await expect(outcomes(join(folder, 'bytes.jsonl'))).rejects.toMatchObject({ code: 'source_invalid' })
})
