import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * Memory of a loaded model in one thread, per byte of its files: weights as onnxruntime keeps and repacks them, the
 * graph, and what loading leaves behind. Measured as resident memory before and after loading (onnxruntime-node 1.30,
 * Linux x64, one thread): 1.7 to 2.6 for ten models of 2 to 15 MB (detectors, DeepLabV3, PP-OCRv4), 1.8 for one of
 * 200 MB. What runs work with comes on top, whatever the weights: 3 to 150 MB there, with the size of the input.
 *
 * What a release frees stays with the process for its next loads where glibc's malloc raises its own thresholds; a
 * process started with MALLOC_TRIM_THRESHOLD_ set gives large weights back to the system.
 */
export const memoryPerFileByte = 2.5

/** Main memory that a model takes in each thread that loads it, in bytes: an estimate from its files. 0 when it is not there. */
export async function estimateModelBytes(model: string): Promise<number> {
  const folder = dirname(model)
  const names = await readdir(folder).catch(() => [])
  const files = [basename(model), ...names.filter((name) => isExternalData(name, basename(model)))]
  const sizes = await Promise.all(
    files.map(async (name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return memoryPerFileByte * sizes.reduce((sum, size) => sum + size, 0)
}

/** `model.onnx_data`, `model.onnx_data_1` and `model.onnx.data` hold the weights of `model.onnx`. */
function isExternalData(name: string, model: string): boolean {
  return name.startsWith(model) && /^(_data(_\d+)?|\.data)$/.test(name.slice(model.length))
}

/** A model that is loaded, or being loaded, in a thread. */
interface Holding<Thread, Model> {
  readonly thread: Thread
  readonly model: Model
  readonly bytes: number
  leaving: boolean
}

/**
 * Which models lie in which threads of a host, and which have to go before another may come. Books only: loading and
 * releasing are the host's.
 */
export class ModelMemory<Thread, Model extends { readonly key: string }> {
  readonly #budget: number
  /** Least recently used first. */
  #held: Holding<Thread, Model>[] = []

  /** `budget` in bytes; null: none. */
  constructor(budget: number | null) {
    this.#budget = budget ?? Number.POSITIVE_INFINITY
  }

  get bytes(): number {
    return this.#held.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The model is used in the thread from now on, loaded there first if it is not. */
  use(thread: Thread, model: Model, bytes: number): void {
    this.forget(thread, model)
    this.#held.push({ thread, model, bytes, leaving: false })
  }

  /** The model, or all of them, are no longer in the thread. */
  forget(thread: Thread, model?: Model): void {
    this.#held = this.#held.filter((one) => one.thread !== thread || (model && one.model.key !== model.key))
  }

  /**
   * Whether `bytes` more may be loaded. If not, what to release first: the least recently used in idle threads, and
   * nothing where it only remains to wait until a thread is idle. A model above the whole budget has room once it is alone.
   */
  makeRoom(bytes: number, isIdle: (thread: Thread) => boolean): { room: boolean; release: [Thread, Model][] } {
    if (this.#held.length === 0 || this.bytes + bytes <= this.#budget) return { room: true, release: [] }
    const staying = this.#held.filter(({ leaving }) => !leaving)
    let excess = staying.reduce((sum, one) => sum + one.bytes, bytes) - this.#budget
    const release: [Thread, Model][] = []
    for (const one of staying) {
      if (excess <= 0) break
      if (!isIdle(one.thread)) continue
      one.leaving = true
      excess -= one.bytes
      release.push([one.thread, one.model])
    }
    return { room: false, release }
  }
}
