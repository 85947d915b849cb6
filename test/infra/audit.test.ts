import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'

let server: Server
afterEach(async () => {
  server.closeAllConnections()
  await once(server.close(), 'close')
})

/** A registry that answers the question for faults, and knows one package. */
async function registry(status: number, advisories: object): Promise<string> {
  server = createServer((request, response) => {
    request.resume()
    const json = (code: number, body: object) =>
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (request.method === 'POST') return json(status, advisories)
    const version = { name: 'zod', version: '4.6.7' }
    return json(200, { name: 'zod', 'dist-tags': { latest: '4.6.7' }, versions: { '4.6.7': version } })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
}

async function audit(url: string, cwd?: string): Promise<{ code: number | null; output: string }> {
  const script = fileURLToPath(new URL('../../infra/setup/audit.mjs', import.meta.url))
  const env = {
    ...process.env,
    npm_config_registry: url,
    npm_config_fetch_retries: '0',
    npm_config_cache: '/dev/null/none',
  }
  const child = spawn(process.execPath, [script], { env, cwd })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'close')
  return { code, output }
}

const fault = {
  id: 1,
  url: 'https://example.org/advisory',
  title: 'reads what it should not',
  severity: 'high',
  vulnerable_versions: '*',
  cwe: [],
  cvss: { score: 8, vectorString: null },
}

test('no known fault: exit code 0', async () => {
  const { code, output } = await audit(await registry(200, {}))
  expect([code, output]).toEqual([0, expect.stringContaining('audit: 0 known faults')])
})

test('a known fault of high severity: named, exit code 1', async () => {
  const { code, output } = await audit(await registry(200, { zod: [fault] }))
  expect(output).toContain('high: zod: reads what it should not https://example.org/advisory')
  expect(code).toBe(1)
})

test('a registry that cannot be asked: said loudly, exit code 0', async () => {
  const { code, output } = await audit(await registry(405, {}))
  expect([code, output]).toEqual([0, expect.stringMatching(/^NOT AUDITED: the registry could not be asked.*405/)])
})

test('a registry that is not there: said loudly, exit code 0; npm that cannot begin, or a registry that fails: exit code 1', async () => {
  const url = await registry(500, {})
  const away = await audit('http://127.0.0.1:9/')
  expect([away.code, away.output]).toEqual([0, expect.stringMatching(/^NOT AUDITED: the registry could not be asked/)])
  expect(await audit(url)).toMatchObject({ code: 1 })
  const empty = await mkdtemp(join(tmpdir(), 'fld-audit-'))
  await writeFile(join(empty, 'package.json'), '{"name": "x", "version": "1.0.0"}')
  const unlocked = await audit(url, empty)
  await rm(empty, { recursive: true })
  expect([unlocked.code, unlocked.output]).toEqual([
    1,
    expect.stringMatching(/^NOT AUDITED: npm did not ask: .*lockfile/),
  ])
})
