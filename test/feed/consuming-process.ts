/**
 * As consume_feed.py, in TypeScript:
 *
 *   consuming-process.ts <url> <state file> <epochs>
 */
import { once } from 'node:events'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { readRecords } from './feed-reader.js'

const stateSchema = z.object({
  cursor: z.string().nullable(),
  epochs: z.number(),
  taken: z.array(z.tuple([z.string(), z.number()])),
})
const [url = '', path = '', epochs = ''] = process.argv.slice(2)
const state = existsSync(path)
  ? stateSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  : stateSchema.parse({ cursor: null, epochs: Number(epochs), taken: [] })

function keep(): void {
  writeFileSync(`${path}.new`, JSON.stringify(state))
  renameSync(`${path}.new`, path)
}

let count = 0
while (state.epochs > 0) {
  for await (const record of readRecords(url, state.cursor === null ? '' : `cursor=${state.cursor}`)) {
    state.cursor = record.cursor
    if (record.end === true) {
      state.epochs -= 1
      break
    }
    count += 1
    state.taken.push([record.sample_id ?? '', record.image.byteLength])
    if (count % 3 === 0) keep()
    process.stdout.write(`${record.sample_id}\n`)
    if (count % 8 === 0) await once(process.stdin, 'data')
  }
}
keep()
process.exit(0)
