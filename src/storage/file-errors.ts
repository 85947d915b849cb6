import { errorMessage, FldError } from '../../schemas/errors.js'
import { abortedError } from './abort.js'

/** The system's name for what went wrong (`ENOENT`), or undefined when it was not the system. */
export function systemCode(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** What a file call was about, for its error's text. */
export interface FileAction {
  /** As in "while ...": `writing`, `reading`. */
  readonly action: string
  readonly path: string
  readonly signal?: AbortSignal | undefined
}

/** The FldError for whatever a file call threw; a FldError passes as it is. */
export function fileError(thrown: unknown, { action, path, signal }: FileAction): FldError {
  if (thrown instanceof FldError) return thrown
  if (signal?.aborted) return abortedError(signal, `${action} ${path}`)
  const system = systemCode(thrown)
  const [code, advice] = verdict(system)
  return new FldError(code, `Failed ${action} ${path}: ${advice ?? errorMessage(thrown)}`, {
    cause: thrown,
    details: { path, ...(system === undefined ? {} : { system }) },
  })
}

function verdict(system: string | undefined): [FldError['code'], string | null] {
  switch (system) {
    case 'EACCES':
    case 'EPERM':
      return ['store_denied', `permission denied (${system}). Give this user read and write access to the folder.`]
    case 'EROFS':
      return ['store_denied', 'the file system is mounted read-only (EROFS).']
    case 'ENOSPC':
    case 'EDQUOT':
      return ['store_unavailable', `no space left (${system}). Free some, or choose another folder, and run again.`]
    case 'EMFILE':
    case 'ENFILE':
      return ['store_unavailable', `too many open files (${system}). Raise the limit: ulimit -n 65536.`]
    case 'EISDIR':
    case 'ENOTDIR':
    case 'EEXIST':
    case 'ENOTEMPTY':
      return ['config_invalid', 'a folder store cannot hold an object and a folder of the same name.']
    case 'ENAMETOOLONG':
      return ['config_invalid', 'a segment of the key is longer than the file system allows (mostly 255 bytes).']
    case 'EXDEV':
      return ['config_invalid', 'a folder inside the store is on another file system; keep a store on one.']
    case undefined:
      // Not the file system's doing: the body that was being written, or a fault of ours.
      return ['internal', null]
    default:
      return ['store_unavailable', null]
  }
}
