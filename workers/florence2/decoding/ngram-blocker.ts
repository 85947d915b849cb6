/**
 * Tokens that would repeat an n-gram of their sequence, kept as the sequence grows: each step looks one key up instead of
 * going over the whole answer again (`no_repeat_ngram_size` of transformers' generation).
 */
export class NgramBlocker {
  readonly #size: number
  readonly #followers: Map<string, number[]>

  /** `size` 0 blocks nothing. */
  constructor(size: number, followers = new Map<string, number[]>()) {
    this.#size = size
    this.#followers = followers
  }

  /** Told of the last id of a sequence when it has been added. */
  added(ids: readonly number[]): void {
    if (this.#size === 0 || ids.length < this.#size) return
    const last = ids[ids.length - 1] ?? 0
    const key = ids.slice(ids.length - this.#size, ids.length - 1).join()
    const known = this.#followers.get(key)
    this.#followers.set(key, known === undefined ? [last] : [...known, last])
  }

  /** What may not follow the sequence. */
  blocked(ids: readonly number[]): readonly number[] {
    if (this.#size === 0 || ids.length < this.#size - 1) return []
    return this.#followers.get(ids.slice(ids.length - this.#size + 1).join()) ?? []
  }

  /** For a second sequence that goes on from the same one. */
  fork(): NgramBlocker {
    return new NgramBlocker(this.#size, new Map(this.#followers))
  }
}
