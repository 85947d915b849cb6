import { readFile } from 'node:fs/promises'
import { packEntrySchema } from '../../../schemas/pack.js'
import { pullEntry } from '../../../src/models/packs/pull.js'

/** A process of its own that pulls an entry: `pull-process.ts <entry.json> <cache>`; prints what it pulled. */
const [, , entryPath = '', cache = ''] = process.argv
const entry = packEntrySchema.parse(JSON.parse(await readFile(entryPath, 'utf8')))
const files = await pullEntry(entry, { cache })
process.stdout.write(`${JSON.stringify([...files])}\n`)
