import { execFile } from 'node:child_process'
import { mkdir, rename, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sourceFingerprint } from '../../../src/ingest/set-name.js'
import { openSource } from '../../../src/ingest/sources/open-source.js'
import { listSource, noBuckets, type TestFolder, testFolder } from './source-fixture.js'

let folder: TestFolder
beforeEach(async () => {
  folder = await testFolder()
})
afterEach(() => folder.remove())

async function fingerprint(path = folder.path): Promise<string> {
  const source = await openSource(path, noBuckets)
  try {
    return await sourceFingerprint(source)
  } finally {
    await source.close()
  }
}

describe('a folder', () => {
  it('gives the files of all folders in it by their paths, as UTF-8 bytes sort, without hidden ones', async () => {
    await folder.write({
      'b.jpg': '1',
      'a/z.jpg': '2',
      'a.jpg': '3',
      'a-b/c.jpg': '4',
      'é.jpg': '5',
      '😀.jpg': '6',
      '～.jpg': '7',
    })
    await folder.write({ '.hidden.jpg': 'x', '.git/in.jpg': 'x', 'a/._z.jpg': 'x' })
    expect(await listSource(folder.path, folder.path)).toEqual([
      'a-b/c.jpg 4',
      'a.jpg 3',
      'a/z.jpg 2',
      'b.jpg 1',
      'é.jpg 5',
      '～.jpg 7',
      '😀.jpg 6',
    ])
  })

  it('follows links to files, to folders outside once, and no link in a circle', async () => {
    const outside = await testFolder()
    await outside.write({ 'o.jpg': 'o' })
    await symlink(outside.path, join(outside.path, 'self'))
    await folder.write({ 'in/a.jpg': 'a' })
    await symlink(folder.path, join(folder.path, 'in', 'up'))
    await symlink(join(folder.path, 'in'), join(folder.path, 'again'))
    await symlink(outside.path, join(folder.path, 'out1'))
    await symlink(outside.path, join(folder.path, 'out2'))
    await symlink(join(folder.path, 'in', 'a.jpg'), join(folder.path, 'linked.jpg'))
    await symlink('/nowhere/at/all.jpg', join(folder.path, 'lost.jpg'))
    expect(await listSource(folder.path, folder.path)).toEqual([
      'in/a.jpg a',
      'linked.jpg a',
      'lost.jpg refused: source_missing',
      'out1/o.jpg o',
    ])
    await outside.remove()
  })

  it('leaves out the folder that the results go to, and pipes', async () => {
    await folder.write({ 'a.jpg': 'a', 'out/images/x.jpg': 'x', 'output.jpg': 'b' })
    await promisify(execFile)('mkfifo', [join(folder.path, 'pipe.jpg')])
    const options = { output: join(folder.path, 'out') }
    expect(await listSource(folder.path, folder.path, options)).toEqual(['a.jpg a', 'output.jpg b'])
    const asUri = { output: `file://${folder.path}/out` }
    expect(await listSource(folder.path, folder.path, asUri)).toEqual(['a.jpg a', 'output.jpg b'])
  })

  it('refuses a folder that is its own output', async () => {
    await mkdir(join(folder.path, 'images/set'), { recursive: true })
    for (const path of ['', '/images', '/images/set']) {
      const opened = openSource(folder.path + path, { ...noBuckets, output: folder.path })
      await expect(opened).rejects.toThrow(/its own files would be read as images/)
    }
  })

  it('refuses a file longer than the limit', async () => {
    await folder.write({ 'a.jpg': '12345' })
    const source = await openSource(folder.path, noBuckets)
    for await (const item of source.items({ limit: 4 })) {
      await expect(item.read()).rejects.toMatchObject({ details: { reason: 'too_many_bytes', bytes: 5 } })
    }
    await source.close()
  })

  it('has a fingerprint that changes with names, sizes and times, and with nothing else', async () => {
    await folder.write({ 'a.jpg': 'a', 'b/c.jpg': 'c' })
    const first = await fingerprint()
    expect(await fingerprint()).toBe(first)
    await utimes(join(folder.path, 'a.jpg'), new Date(), new Date(1e12))
    const touched = await fingerprint()
    expect(touched).not.toBe(first)
    await rename(join(folder.path, 'a.jpg'), join(folder.path, 'aa.jpg'))
    const renamed = await fingerprint()
    expect(renamed).not.toBe(touched)
    await folder.write({ 'd.jpg': '' })
    expect(await fingerprint()).not.toBe(renamed)
  })
})
