/** What was named beside what is there. Counts over many texts or images. */
export interface Agreement {
  readonly found: number
  readonly missed: ReadonlyMap<string, number>
  readonly invented: ReadonlyMap<string, number>
}

export interface Comparison {
  readonly named: ReadonlySet<string>
  readonly there: ReadonlySet<string>
}

export function agreement(comparisons: Iterable<Comparison>): Agreement {
  let found = 0
  const missed = new Map<string, number>()
  const invented = new Map<string, number>()
  for (const { named, there } of comparisons) {
    for (const name of there) {
      if (named.has(name)) found++
      else missed.set(name, (missed.get(name) ?? 0) + 1)
    }
    for (const name of named) if (!there.has(name)) invented.set(name, (invented.get(name) ?? 0) + 1)
  }
  return { found, missed, invented }
}

/** Share of what is there that is named, 0-1; 1 where nothing is there. */
export function recall({ found, missed }: Agreement): number {
  return share(found, missed)
}

/** Share of what is named that is there, 0-1; 1 where nothing is named. */
export function precision({ found, invented }: Agreement): number {
  return share(found, invented)
}

function share(found: number, others: ReadonlyMap<string, number>): number {
  const all = found + sum(others)
  return all === 0 ? 1 : found / all
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0)
}

/** `name count` of the largest counts, by count, then name. */
export function most(counts: ReadonlyMap<string, number>, limit: number): string {
  const ranked = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return ranked
    .slice(0, limit)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
