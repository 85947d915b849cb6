import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FedStore, openFedStore } from '../feed/fed-store.js'
import { answerOf } from '../feed/feed-reader.js'
import { fld, startFld } from './fld-process.js'

let fed: FedStore
beforeAll(async () => {
  fed = await openFedStore({ images: 4, shardSize: 2 })
})
afterAll(() => fed.remove())

describe('fld feed serve', () => {
  test('serves at an address of this machine until it is stopped', async () => {
    const server = startFld([
      'feed',
      'serve',
      'fed',
      '--out',
      fed.out,
      '--port',
      '0',
      '--window',
      '1',
      '--tasks',
      'od=2',
    ])
    const line = await server.line(/^serving /)
    expect(line).toMatch(/^serving fed, round 0 at http:\/\/127\.0\.0\.1:\d+; Ctrl-C to stop$/)
    const { body } = await answerOf(/http:\S+(?=;)/.exec(line)?.[0] ?? '', '/info')
    expect(JSON.parse(body)).toMatchObject({ run: 'fed', shards: 2, windows: 2, window_shards: 1 })
    expect(JSON.parse(body).options).toMatchObject({ seed: 0, splits: ['train'], tasks: { OD: 2 } })
    server.child.kill('SIGINT')
    expect(await server.ended).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('stopping') })
  })

  test.each([
    [['fed', '--port', '70000'], 2, 'It must be a whole number from 0 to 65535.'],
    [['fed', '--window', '0'], 2, 'It must be a whole number from 1 to 1000.'],
    [['fed', '--tasks', 'OD=many'], 2, '"OD=many" is no name and no name=weight'],
    [['fed', '--tasks', 'OD=1,od=2'], 2, 'OD is named twice'],
    [['fed', '--tasks', 'DETECT=1'], 2, '"DETECT" is none of CAPTION'],
    [['fed', '--granularities', 'short=1'], 2, '"short" is none of brief, detailed, more_detailed'],
    [['fed', '--splits', 'dev'], 2, '"dev" is none of train, validation, test'],
    [['nobody'], 1, 'no run "nobody"'],
    [['fed', '--round', '3'], 1, 'round 3 of run "fed"'],
  ])('refuses %j with code %i', async (args, code, message) => {
    const ended = await fld(['feed', 'serve', ...args, '--out', fed.out])
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) })
  })

  test('says which port somebody else has', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const ended = await fld(['feed', 'serve', 'fed', '--out', fed.out, '--port', port])
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(`127.0.0.1:${port} cannot be listened at`) })
    other.close()
  })

  test('shows examples', async () => {
    const ended = await fld(['feed', 'serve', '--help'])
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('fld feed serve starter-1a2b3c4d') })
  })
})

test('fld feed client prints the Python client, whole', async () => {
  const { code, stdout } = await fld(['feed', 'client'])
  expect(code).toBe(0)
  expect(stdout).toBe(await readFile(new URL('../../src/feed/client/fld_feed.py', import.meta.url), 'utf8'))
  const python = spawnSync('python3', ['-c', 'import sys; compile(sys.stdin.read(), "fld_feed.py", "exec")'], {
    input: stdout,
    encoding: 'utf8',
  })
  if (python.error !== undefined) process.stderr.write('SKIPPED: whether Python reads the client: no python3\n')
  else expect(python).toMatchObject({ status: 0, stderr: '' })
})
