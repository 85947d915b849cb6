import { FileStore } from '../../src/storage/file-store.js'

/** Streams into the object `endless` of the folder given until it is killed; says when some of it is written. */
async function* endless(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(1024 * 1024)
  process.stdout.write('the first piece is written\n')
  while (true) yield Buffer.alloc(1024)
}

await new FileStore(process.argv[2] ?? '').putStream('endless', endless())
