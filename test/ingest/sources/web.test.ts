import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSource } from '../../../src/ingest/sources/open-source.js'
import { isPublicAddress } from '../../../src/ingest/sources/public-addresses.js'
import { noWeb, type WebAccess } from '../../../src/ingest/sources/web-file.js'
import { openStore } from '../../../src/storage/open-store.js'
import { picture } from '../bad-images.js'

let folder: string
let server: Server
let origin: string
let png: Buffer
const asked: string[] = []
let failures = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-web-'))
  png = await picture(1).png().toBuffer()
  server = createServer(serve)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  origin = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
})
afterAll(async () => {
  server.closeAllConnections()
  await once(server.close(), 'close')
  await rm(folder, { recursive: true })
})

function serve({ url = '' }: IncomingMessage, response: ServerResponse): void {
  asked.push(url)
  const redirect = (to: string) => response.writeHead(302, { location: to }).end()
  if (url.startsWith('/photo.png')) response.end(png)
  else if (url === '/moved.png') redirect('/photo.png')
  else if (url === '/circle.png') redirect('/circle.png')
  else if (url === '/inside.png') redirect('http://169.254.169.254/latest/meta-data')
  else if (url === '/other.png') redirect('http://elsewhere.example/photo.png')
  else if (url === '/file.png') redirect('file:///etc/passwd')
  else if (url === '/endless.png') endless(response)
  else if (url === '/claims.png') response.writeHead(200, { 'content-length': '99999999999' }).write('x')
  else if (url === '/shaky.png') shaky(response)
  else if (url === '/drip.png') drip(response)
  else if (url === '/nowhere.png') redirect('http://')
  else if (url === '/secret.png') response.writeHead(403).end()
  else response.writeHead(404).end()
}

function endless(response: ServerResponse): void {
  const write = () => {
    while (response.write(Buffer.alloc(65_536)));
  }
  response.on('drain', write)
  write()
}

function drip(response: ServerResponse): void {
  const timer = setInterval(() => response.write('x'), 50)
  response.on('close', () => clearInterval(timer))
}

function shaky(response: ServerResponse): void {
  failures += 1
  if (failures === 1) response.destroy()
  else if (failures === 2) response.writeHead(503).end()
  else response.end(png)
}

const local: WebAccess = { hosts: ['127.0.0.1', 'localhost'], privateAddresses: true }

/** What becomes of the references of a list: `image`, or the reason and its words. */
async function outcomes(references: readonly string[], web: WebAccess): Promise<string[]> {
  const list = join(folder, 'list.txt')
  await writeFile(list, references.join('\n'))
  const source = await openSource(list, { output: join(folder, 'out'), openStore, web })
  const found: string[] = []
  try {
    for await (const item of source.items({ from: 0, limit: 1_000_000 })) {
      const outcome = await item.read().then(
        (bytes) => (Buffer.compare(bytes, png) === 0 ? 'image' : `${bytes.length} other bytes`),
        (error: { details: { reason: string }; message: string }) => `${error.details.reason}: ${error.message}`,
      )
      found.push(outcome)
      expect(item.source).not.toContain('hunter2')
    }
  } finally {
    await source.close()
  }
  return found
}

test('nothing is fetched unless its host is named', async () => {
  asked.length = 0
  const [off] = await outcomes([`http://${origin}/photo.png`], noWeb)
  expect(off).toMatch(/^source_denied: .*nothing is fetched from 127\.0\.0\.1; .*--allow-hosts: none/)
  const [other] = await outcomes([`http://${origin}/photo.png`], {
    hosts: ['*.0.0.1.example', 'example.org'],
    privateAddresses: true,
  })
  expect(other).toMatch(/^source_denied: .*--allow-hosts: \*\.0\.0\.1\.example, example\.org/)
  expect(asked).toEqual([])
})

test('a host that is named is asked; redirects are followed where they may lead', async () => {
  const of = (path: string) => `http://${origin}${path}`
  const paths = [
    '/photo.png',
    '/moved.png',
    '/circle.png',
    '/other.png',
    '/file.png',
    '/secret.png',
    '/nothing.png',
    '/shaky.png',
  ]
  expect(await outcomes(paths.map(of), local)).toEqual([
    'image',
    'image',
    expect.stringMatching(/^source_missing: .*more than 5 times/),
    expect.stringMatching(/^source_denied: .*nothing is fetched from elsewhere\.example/),
    expect.stringMatching(/^source_denied: .*to file:/),
    expect.stringMatching(/^source_denied: .*answers 403/),
    expect.stringMatching(/^source_missing: .*answers 404/),
    'image',
  ])
})

test('addresses that are not public are refused, named by number or by name, at once and after a redirect', async () => {
  const closed: WebAccess = { hosts: ['127.0.0.1', 'localhost', '[::1]', '169.254.169.254'], privateAddresses: false }
  const port = origin.split(':')[1]
  asked.length = 0
  const references = [
    `http://${origin}/photo.png`,
    `http://localhost:${port}/photo.png`,
    `http://[::1]:${port}/photo.png`,
  ]
  for (const outcome of await outcomes(references, closed))
    expect(outcome).toMatch(/^source_denied: .*no address of the public internet/)
  expect(asked).toEqual([])
  const [inside] = await outcomes([`http://${origin}/inside.png`], local)
  expect(inside).toMatch(/^source_denied: .*nothing is fetched from 169\.254\.169\.254/)
})

test('a body that does not end, or claims to be huge, is cut off', async () => {
  const cut = await outcomes([`http://${origin}/endless.png`, `http://${origin}/claims.png`], local)
  for (const outcome of cut) expect(outcome).toMatch(/^too_many_bytes: /)
})

test('a body that drips is given up in the end, and a redirect to no address at once', async () => {
  const [drips] = await outcomes([`http://${origin}/drip.png`], { ...local, longestTry: 200 })
  expect(drips).toMatch(/^source_missing: .*not all of it came within 0\.2 s, 4 times/)
  asked.length = 0
  expect(await outcomes([`http://${origin}/nowhere.png`], local)).toEqual([
    expect.stringMatching(/leads to no address/),
  ])
  expect(asked).toHaveLength(1)
})

test('what a signed address is let in by is sent, and neither kept nor shown', async () => {
  asked.length = 0
  const signed = '?id=7&X-Amz-Signature=hunter2&sig=hunter2%3D&access_token=hunter2#hunter2'
  const found = await outcomes([`http://${origin}/photo.png${signed}`, `http://${origin}/gone.png${signed}`], local)
  expect(found).toEqual(['image', expect.stringMatching(/gone\.png\?id=7&X-Amz-Signature=\.\.\.&sig=\.\.\./)])
  for (const outcome of found) expect(outcome).not.toContain('hunter2')
  expect(asked[0]).toContain('X-Amz-Signature=hunter2')
})

test('a password in an address is neither sent, nor kept, nor shown', async () => {
  asked.length = 0
  const [outcome] = await outcomes([`http://me:hunter2@${origin}/photo.png`], local)
  expect(outcome).toMatch(/^source_denied: .*has a user or a password before its host/)
  expect(outcome).not.toContain('hunter2')
  expect(asked).toEqual([])
})

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['10.1.2.3', false],
  ['127.9.9.9', false],
  ['100.64.0.1', false],
  ['169.254.169.254', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.1.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['::ffff:10.0.0.1', false],
  ['::ffff:8.8.8.8', true],
  ['fe80::1', false],
  ['fd00::1', false],
  ['ff02::1', false],
  ['64:ff9b::a00:1', false],
  ['168.63.129.16', false],
  ['3fff::1', false],
  ['5f00::1', false],
  ['100:0:0:1::1', false],
  ['not an address', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected)
})
