import { once } from 'node:events'
import { startChatServer } from './chat-server.js'

/**
 * Runs the chat server until Ctrl-C, for trying things out: `npx tsx test/servers/chat-server-cli.ts [port] [key]`.
 * Prints what to export. With a key it refuses whoever has another.
 */
async function main(): Promise<void> {
  const [port = '0', key] = process.argv.slice(2)
  const server = await startChatServer({ port: Number(port), ...(key === undefined ? {} : { key }) })
  process.stdout.write(`export FLD_ENDPOINT_URL=${server.url}\nexport FLD_ENDPOINT_MODEL=looks-at-colours\n`)
  if (key !== undefined) process.stdout.write(`export FLD_ENDPOINT_KEY=${key}\n`)
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await server.close()
}

await main()
