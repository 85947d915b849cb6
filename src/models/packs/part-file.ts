import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

/**
 * Files on their way. A part lies beside its target and carries its owner's host and process in its name, so that two
 * processes never write to one; what a process that ended left behind is taken over, by a rename that only one can win.
 */
export interface PartFile {
  readonly path: string
  /** Bytes that an earlier attempt left in it. */
  readonly bytes: number
}

const owner = `${hostname().replace(/[^A-Za-z0-9-]/g, '-')}_${process.pid}`
const released = 'released_0'

/** A part of one's own, empty. */
export async function newPart(target: string): Promise<PartFile> {
  await mkdir(dirname(target), { recursive: true })
  return { path: partPath(target, owner), bytes: 0 }
}

/** A part of one's own that starts with what an earlier attempt left, where there is some. */
export async function resumePart(target: string): Promise<PartFile> {
  const part = await newPart(target)
  for (const abandoned of await abandonedParts(target)) {
    const taken = await rename(abandoned, part.path).then(
      () => true,
      () => false,
    )
    if (taken) return { path: part.path, bytes: (await stat(part.path)).size }
  }
  return part
}

/** Leaves the part for whoever pulls the target next. */
export async function releasePart(target: string, part: PartFile): Promise<void> {
  await rename(part.path, partPath(target, released)).catch(() => undefined)
}

/** Removes parts of the target that nobody is writing. */
export async function sweepParts(target: string): Promise<void> {
  for (const abandoned of await abandonedParts(target)) await rm(abandoned, { force: true })
}

function partPath(target: string, by: string): string {
  return `${target}.${by}_${randomUUID().slice(0, 8)}.part`
}

async function abandonedParts(target: string): Promise<string[]> {
  const prefix = `${basename(target)}.`
  const names = await readdir(dirname(target)).catch(() => [])
  const parts = names.filter((name) => name.startsWith(prefix) && isAbandoned(name.slice(prefix.length)))
  const sized = await Promise.all(
    parts.map(async (name) => {
      const path = join(dirname(target), name)
      return {
        path,
        bytes: await stat(path).then(
          (stats) => stats.size,
          () => 0,
        ),
      }
    }),
  )
  return sized.sort((left, right) => right.bytes - left.bytes).map((part) => part.path)
}

/** `host_pid_id.part` whose process has ended, or one that was released. Parts of other hosts are left alone. */
function isAbandoned(suffix: string): boolean {
  const [, host, pid] = /^([A-Za-z0-9-]+)_(\d+)_[0-9a-f]{8}\.part$/.exec(suffix) ?? []
  if (host === undefined || pid === undefined) return false
  if (`${host}_${pid}` === released) return true
  return owner.startsWith(`${host}_`) && !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    // EPERM: it runs, as another user.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}
