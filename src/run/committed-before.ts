import { storeLayout } from '../../schemas/store-layout.js'
import { listCommitted } from '../dataset/committed-shards.js'
import type { ObjectStore, StoreOptions } from '../storage/object-store.js'

/** A round of a run. */
export interface RoundPlace {
  readonly run: string
  readonly round: number
}

/**
 * Says of shards whether their round has committed them, by walking the listing of commits beside the shards: both are in
 * the order of their names, so that neither has to be in memory, and a thousand shards cost one request. A shard that is
 * asked for out of order is looked up by itself. A commit that comes after its stretch was listed counts as not there.
 */
export class CommittedBefore {
  readonly #store: ObjectStore
  readonly #place: RoundPlace
  readonly #options: StoreOptions
  readonly #names: AsyncGenerator<string, void, undefined>
  /** The first name of the listing that is not passed yet; null at its end. */
  #next: string | null = ''
  #asked = ''

  constructor(store: ObjectStore, place: RoundPlace, options: StoreOptions) {
    this.#store = store
    this.#place = place
    this.#options = options
    this.#names = listCommitted(store, place.run, place.round, options)
  }

  /** One question at a time. */
  async has(shard: string): Promise<boolean> {
    if (shard < this.#asked) return this.#lookUp(shard)
    this.#asked = shard
    while (this.#next !== null && this.#next < shard) {
      const next = await this.#names.next()
      this.#next = next.done ? null : next.value
    }
    return this.#next === shard
  }

  /** Ends the listing. */
  async close(): Promise<void> {
    await this.#names.return()
  }

  async #lookUp(shard: string): Promise<boolean> {
    const { run, round } = this.#place
    return (await this.#store.head(storeLayout.commit(run, round, shard), this.#options)) !== null
  }
}
