import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedRedis } from '../../src/queue/embedded-redis.js'
import { openStore } from '../../src/storage/open-store.js'
import { startFaultProxy } from '../servers/fault-proxy.js'
import { createBucket, s3Connection } from '../servers/s3-connection.js'
import { fld } from './fld-process.js'
import { writePages } from './written-pages.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fld-secrets-'))
  await writePages(folder, 2)
  await writeFile(
    join(folder, 'list.txt'),
    [
      'page-00.png',
      'page-01.png',
      'https://someone:pa55-in-url@example.org/a.jpg',
      'https://example.org/a.jpg?X-Amz-Signature=s1gned-in-url',
      's3://k3y-in-uri:pa55-in-uri@bucket/a.jpg',
    ].join('\n'),
  )
  expect(await fld(['models', 'pull', 'starter'])).toMatchObject({ code: 0 })
}, 300_000)
afterAll(() => rm(folder, { recursive: true }))

test('no secret is in what is written: not in output, errors, the plan, rows or logs, whether it works or not', async () => {
  const connection = await s3Connection()
  const { endpoint, region, accessKeyId, secretAccessKey } = connection
  const redis = await startEmbeddedRedis()
  const password = redis.url.split('password=')[1] ?? ''
  const out = `s3://${await createBucket(connection)}/data`
  const env = {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    REDIS_URL: redis.url,
    HF_TOKEN: 'hf_s3cret-token',
    FLD_ENDPOINT_URL: 'http://127.0.0.1:9/v1',
    FLD_ENDPOINT_MODEL: 'some-model',
    FLD_ENDPOINT_KEY: 'sk-s3cret-endpoint',
  }
  const secrets = [
    secretAccessKey,
    password,
    env.HF_TOKEN,
    env.FLD_ENDPOINT_KEY,
    'pa55-in-url',
    'pa55-in-uri',
    's1gned-in-url',
  ]
  const said: string[] = []
  const run = async (args: readonly string[], variables: Readonly<Record<string, string>> = env) => {
    const { stdout, stderr, code } = await fld(args, variables)
    said.push(stdout, stderr)
    return code
  }
  const proxy = await startFaultProxy(endpoint)
  try {
    const command = ['run', 'starter', '--images', join(folder, 'list.txt'), '--out', out, '--run-id', 'it']
    expect(await run(command)).toBe(3)
    for (const look of ['status', 'failures', 'verify', 'inspect'])
      await run([look, 'it', '--out', out, ...(look === 'inspect' ? ['--shard', '0'] : [])])
    expect(await run(['doctor', '--out', out])).toBe(0)
    // And when each of them is refused or away.
    expect(await run([...command, '--out', `${out}-2`], { ...env, AWS_SECRET_ACCESS_KEY: `${secretAccessKey}x` })).toBe(
      1,
    )
    expect(await run(command, { ...env, REDIS_URL: redis.url.replace(password, `${password}x`) })).toBe(1)
    expect(await run(command, { ...env, REDIS_URL: `redis://user:${password}@127.0.0.1:9` })).toBe(1)
    expect(await run(['models', 'pull', 'fld5b'], { ...env, HF_ENDPOINT: 'http://127.0.0.1:9' })).not.toBe(0)
    expect(await run(['run', 'starter', '--images', 's3://k3y-in-uri:pa55-in-uri@bucket/a', '--out', out])).toBe(2)
    expect(await run(['run', 'starter', '--images', 'https://me:pa55-in-url@example.org/a', '--out', out])).toBe(2)
    expect(await run(['status', '--out', 's3://k3y-in-uri:pa55-in-uri@bucket/a'])).toBe(2)
    proxy.use(() => ({ kind: 'status', status: 403, code: 'AccessDenied' }))
    expect(await run(['status', '--out', out], { ...env, AWS_ENDPOINT_URL_S3: proxy.endpoint })).toBe(1)

    const store = await openStore(out, { s3: { endpoint, region, credentials: { accessKeyId, secretAccessKey } } })
    let objects = 0
    for await (const { key } of store.list('')) {
      objects += 1
      said.push(key, Buffer.from(await store.get(key)).toString('latin1'))
    }
    await store.close()
    expect(objects).toBeGreaterThan(10)
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(8)
      expect(said.filter((text) => text.includes(secret)).map((text) => text.slice(0, 300))).toEqual([])
    }
  } finally {
    await proxy.close()
    await redis.stop()
  }
}, 240_000)
