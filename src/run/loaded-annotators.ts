import type { PlannedAnnotator } from '../../schemas/run.js'
import type { Annotator } from '../annotate/contract.js'

/** The annotators of a process, loaded when they are first used. */
export interface LoadedAnnotators {
  /** Works with an annotator, which stays loaded at least that long. Throws what loading and `work` throw. */
  use<Result>(planned: PlannedAnnotator, work: (annotator: Annotator) => Promise<Result>): Promise<Result>
  /** Disposes them all; nothing may use them any more. */
  close(): Promise<void>
}

/** The one that is taken up, and the one that shards begun before are still annotated with. */
const keptVersions = 2

interface Loaded {
  readonly annotator: Promise<Annotator>
  /** The same for all versions of one annotator. */
  readonly line: string
  users: number
}

/**
 * Loads annotators, each once. Of an annotator whose checkpoint moves at most two versions stay: the one least lately
 * used goes as soon as nobody works with it. The memory of its model is the session host's to free.
 */
export function loadedAnnotators(load: (planned: PlannedAnnotator) => Promise<Annotator>): LoadedAnnotators {
  /** In the order of their last use. */
  const loaded = new Map<string, Loaded>()
  const take = (planned: PlannedAnnotator): Loaded => {
    const key = loadedKey(planned)
    const found = loaded.get(key) ?? { annotator: load(planned), line: lineOf(planned), users: 0 }
    loaded.delete(key)
    loaded.set(key, found)
    // A failure is not kept.
    found.annotator.catch(() => loaded.get(key) === found && loaded.delete(key))
    return found
  }
  const release = async (line: string): Promise<void> => {
    const versions = [...loaded].filter(([, each]) => each.line === line)
    const leaving = versions
      .slice(0, Math.max(0, versions.length - keptVersions))
      .filter(([, { users }]) => users === 0)
    for (const [key] of leaving) loaded.delete(key)
    // What is given back late loses no finished work.
    await Promise.allSettled(leaving.map(([, { annotator }]) => annotator.then((one) => one.dispose())))
  }
  return {
    use: async (planned, work) => {
      const one = take(planned)
      one.users += 1
      try {
        return await work(await one.annotator)
      } finally {
        one.users -= 1
        await release(one.line)
      }
    },
    close: async () => {
      const all = await Promise.allSettled([...loaded.values()].map(({ annotator }) => annotator))
      loaded.clear()
      await Promise.allSettled(all.map(async (one) => (one.status === 'fulfilled' ? one.value.dispose() : undefined)))
    },
  }
}

/** All that loading looks at, the files of a bound checkpoint among it; what is decided before it is no part of it. */
function loadedKey({ name, entry }: PlannedAnnotator): string {
  return JSON.stringify([name, entry])
}

/** An entry of a pack is a line of its own. */
function lineOf(planned: PlannedAnnotator): string {
  const { name, entry, checkpoint } = planned
  return checkpoint === null ? loadedKey(planned) : JSON.stringify([name, checkpoint.name, { ...entry, files: [] }])
}
