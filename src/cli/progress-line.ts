/** Between two lines, in ms: short work has none. */
const interval = 5_000

/** For long work without a view of its own: tells on stderr, now and then, what `text` says of how far it is. */
export function progressLine<Counts extends number[]>(
  text: (...counts: Counts) => string,
): (...counts: Counts) => void {
  let told = Date.now()
  return (...counts) => {
    if (Date.now() - told < interval) return
    told = Date.now()
    process.stderr.write(`${text(...counts)}\n`)
  }
}
