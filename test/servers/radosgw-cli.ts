import { once } from 'node:events'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startRadosgw } from './radosgw.js'

/**
 * Runs a real S3 server until Ctrl-C, for trying things out and for benchmarks: `npx tsx test/servers/radosgw-cli.ts
 * [memstore|bluestore]`. Prints what to export.
 */
async function main(): Promise<void> {
  const objectStore = process.argv[2] === 'bluestore' ? 'bluestore' : 'memstore'
  const server = await startRadosgw({ objectStore })
  const { endpoint, region, accessKeyId, secretAccessKey } = server
  const client = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
  await client.send(new CreateBucketCommand({ Bucket: 'fld' }))
  client.destroy()
  const variables = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }
  for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${value}\n`)
  process.stdout.write('# s3://fld is there, in a store that is gone when this ends: Ctrl-C.\n')
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await server.stop()
}

await main()
