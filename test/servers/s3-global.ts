import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'
import { type Radosgw, startRadosgw } from './radosgw.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for the S3 server; the first one to ask has it started. */
    s3Broker: string
  }
}

/** Vitest's global set-up: one S3 server for the whole run, started when a test file first asks for it, if any does. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let server: Promise<Radosgw> | null = null
  const broker = createServer((_request, response) => {
    server ??= startRadosgw()
    void answer(server, response)
  })
  await once(broker.listen(0, '127.0.0.1'), 'listening')
  const address = broker.address()
  if (typeof address !== 'object' || address === null) throw new Error('the S3 broker has no port')
  project.provide('s3Broker', `http://127.0.0.1:${address.port}/`)
  return async () => {
    broker.close()
    broker.closeAllConnections()
    const started = await server?.catch(() => null)
    await started?.stop()
  }
}

async function answer(server: Promise<Radosgw>, response: ServerResponse): Promise<void> {
  try {
    const { stop: _stop, ...connection } = await server
    response.setHeader('content-type', 'application/json').end(JSON.stringify(connection))
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}
