import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FldError } from '../../schemas/errors.js'
import { openStore } from '../../src/storage/open-store.js'
import { s3Settings } from '../../src/storage/s3-settings.js'
import { bytesOf, keysOf, refusedWith } from './store-expectations.js'

describe('openStore', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-open-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('opens the same folder by path and by URL', async () => {
    const odd = join(folder, 'with space 100%')
    const byPath = await openStore(odd)
    await byPath.put('object', bytesOf('x'))
    const byUrl = await openStore(pathToFileURL(odd).href)
    expect(await keysOf(byUrl.list(''))).toEqual(['object'])
    expect(byUrl.uri).toBe(byPath.uri)
    expect(await keysOf((await openStore(byPath.uri)).list(''))).toEqual(['object'])
  })

  it('opens a bucket, with and without a prefix', async () => {
    for (const [location, uri] of [
      ['s3://bucket', 's3://bucket'],
      ['s3://bucket/', 's3://bucket'],
      ['s3://bucket/a/b/', 's3://bucket/a/b'],
    ] as const) {
      const store = await openStore(location)
      expect(store.uri).toBe(uri)
      await store.close()
    }
  })

  it.each([
    '',
    '  ',
    'gs://bucket',
    'https://host/bucket',
    's3://',
    's3:///key',
    's3://b',
    's3://b_/..',
    'file:relative',
  ])('refuses %j and lists what is allowed', async (location) => {
    const error = await refusedWith('config_invalid', openStore(location))
    expect(error.message).toContain(JSON.stringify(location))
    expect(error.message).toContain('Allowed are a folder path, file:///folder and s3://bucket/prefix.')
  })

  it('refuses a path that is a file', async () => {
    const file = join(folder, 'file')
    await writeFile(file, 'x')
    expect((await refusedWith('config_invalid', openStore(file))).message).toContain('a file of this name')
  })
})

describe('s3Settings', () => {
  it('takes the names that AWS tools use, the more special one first', () => {
    const env = {
      AWS_ENDPOINT_URL: 'http://general:9000',
      AWS_ENDPOINT_URL_S3: 'http://special:9000',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_MAX_ATTEMPTS: '3',
      AWS_REGION: '',
      HOME: '/home/somebody',
    }
    expect(s3Settings(env)).toMatchObject({ endpoint: 'http://special:9000', region: 'eu-central-1', maxAttempts: 3 })
    expect(s3Settings({ ...env, AWS_ENDPOINT_URL_S3: '' }).endpoint).toBe('http://general:9000')
    expect(s3Settings({}).endpoint).toBeUndefined()
  })

  it.each([
    ['AWS_ENDPOINT_URL_S3', 'localhost:9000'],
    ['AWS_ENDPOINT_URL', 'ftp://host'],
    ['AWS_ENDPOINT_URL', 'http://user:hunter2@host'],
    ['AWS_MAX_ATTEMPTS', 'many'],
    ['AWS_MAX_ATTEMPTS', '0'],
  ])('refuses %s=%s by its name, and shows no password', (variable, value) => {
    const refused = catchError(() => s3Settings({ [variable]: value }))
    expect(refused).toBeInstanceOf(FldError)
    expect(refused?.message).toMatch(new RegExp(`^${variable} in the environment`))
    expect(refused?.message).not.toContain('hunter2')
  })
})

function catchError(work: () => unknown): Error | null {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof Error ? error : null
  }
}
