import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { DtypeChoice } from '../../schemas/pack.js'
import { addCheckpoint, listCheckpoints, promoteCheckpoint, readCurrentCheckpoint } from '../rounds/index.js'
import type { ObjectStore } from '../storage/object-store.js'
import type { snapshotName } from './checkpoint-arguments.js'
import { withCheckpointSource } from './checkpoint-source.js'
import { dtypeChoice } from './dtype-choice.js'
import { absoluteLocation, readEnvironment } from './environment.js'
import { byteSize } from './format-text.js'
import { listenForInterrupt } from './interrupt.js'
import { uploadReporter } from './upload-view.js'

/** The options of `fld checkpoint add`. */
export interface AddFlags {
  readonly name: string
  readonly out?: string
  readonly fromSnapshot?: ReturnType<typeof snapshotName>
  readonly licence: string
  readonly dtype?: string
  readonly promote?: boolean
  readonly json?: boolean
}

/** `fld checkpoint add`: from a folder, the hub or a bucket into the store, with progress, until Ctrl-C. */
export async function addFrom(source: string, flags: AddFlags): Promise<void> {
  const environment = readEnvironment()
  const out = absoluteLocation(flags.out ?? environment.out)
  const dtype = flags.dtype === undefined ? undefined : dtypeChoice(flags.dtype)
  const store = await environment.openStore(out)
  const interrupt = listenForInterrupt(() => process.stderr.write('stopping; nothing of the checkpoint is visible\n'))
  try {
    const use = { environment, dtype, signal: interrupt.soon }
    await withCheckpointSource(source, use, (found) =>
      addFiles(store, { ...found, flags, out, signal: interrupt.soon }),
    )
  } finally {
    interrupt.release()
    await store.close()
  }
}

interface Addition {
  readonly files: ReadonlyMap<string, string>
  readonly source: string
  readonly dtype: DtypeChoice | undefined
  readonly flags: AddFlags
  readonly out: string
  readonly signal: AbortSignal
}

async function addFiles(store: ObjectStore, { files, source, dtype, flags, out, signal }: Addition): Promise<void> {
  const { name, licence, fromSnapshot = null } = flags
  const before = (await listCheckpoints(store, { signal })).find((each) => each.name === name)?.versions ?? []
  const addition = { name, files, dtype, source, fromSnapshot, licence }
  const added = await addCheckpoint(store, addition, { signal, onProgress: uploadReporter() })
  const label = checkpointLabel(name, added.version)
  const known = before.some(({ version }) => version === added.version)
  const size = byteSize(added.files.reduce((sum, { bytes }) => sum + bytes, 0))
  const what = known
    ? `has these files already, nothing was added to ${out}`
    : `${added.files.length} files, ${size}, in ${out}`
  // Before it is promoted, which its gate may refuse: it is there all the same.
  process.stdout.write(`${flags.json ? JSON.stringify(added) : `${label}: ${what}`}\n`)
  if (flags.promote) await promoteCheckpoint(store, name, added.version, { signal })
  if (flags.json) return
  const current = await readCurrentCheckpoint(store, name, { signal })
  const next = `make it current: fld checkpoint promote ${label} --out ${out}`
  process.stdout.write(`${current?.version === added.version ? `${label} is current` : next}\n`)
}
