import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { feedOptionsSchema } from '../../schemas/feed.js'
import { florence2Tasks } from '../../schemas/florence2/tasks.js'
import { type FeedServer, openFeed, serveFeed } from '../../src/feed/index.js'
import { type FedStore, openFedStore } from './fed-store.js'

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0
if (!python) process.stderr.write('SKIPPED: what the Python client refuses: there is no python3 (3.9 or later)\n')
const client = fileURLToPath(new URL('../../src/feed/client', import.meta.url))
const loads = new AbortController()
let fed: FedStore
let server: FeedServer

beforeAll(async () => {
  fed = await openFedStore({ images: 4, shardSize: 2 })
  // Nothing of the run is text to be read.
  const tasks = { ...Object.fromEntries(florence2Tasks.map((task) => [task, 0])), OCR: 1 }
  const options = feedOptionsSchema.parse({ tasks })
  const settings = { run: fed.run, round: 0, options, windowShards: 2, keptWindows: 3, imageBytes: 100_000_000 }
  const feed = await openFeed(fed.store, settings, { signal: loads.signal })
  server = await serveFeed(feed, { host: '127.0.0.1', port: 0, log: () => undefined })
}, 60_000)
afterAll(async () => {
  loads.abort()
  await server.stop({ grace: 0 })
  await fed.remove()
})

/** Runs lines of Python after the import of the client; -S: packages that are installed beside it cannot be imported. */
async function said(lines: string): Promise<string> {
  const program = `import sys\nsys.path.insert(0, ${JSON.stringify(client)})\nsys.dont_write_bytecode = True\nfrom fld_feed import FldFeed, FeedError\n${lines}`
  const { stdout } = await promisify(execFile)('python3', ['-S', '-c', program])
  return stdout.trim()
}

test.skipIf(!python)('the Python client ends with an error where endless epochs have nothing', async () => {
  const lines = `try:
    print(list(FldFeed("${server.url}", images=None, epochs=None)))
except FeedError as error:
    print(error.code, error)`
  expect(await said(lines)).toBe(`feed_empty ${server.url} had no sample for rank 0 of 1 in 20 epochs`)
  expect(await said(`print(list(FldFeed("${server.url}", images=None, epochs=2)))`)).toBe('[]')
})

test.skipIf(!python).each([
  ['FldFeed("127.0.0.1:8717")', "url is '127.0.0.1:8717'; it must be as http://127.0.0.1:8717"],
  ['FldFeed("http://localhost").load_state_dict({"epoch": 1})', "{'epoch': 1} is no state of a FldFeed"],
  ['FldFeed("http://localhost", images="jpeg")', "images is 'jpeg'; it must be one of"],
])('the Python client refuses %s', async (call, message) => {
  expect(await said(`try:\n    ${call}\nexcept ValueError as error:\n    print(error)`)).toContain(message)
})
