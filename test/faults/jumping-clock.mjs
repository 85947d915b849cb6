// Loaded before everything else into every process of a run (NODE_OPTIONS): its wall clock jumps by up to a day, back and
// forth, twice a second. Timers and performance.now() are not touched: they run on the monotonic clock.
const realNow = Date.now
const day = 86_400_000
let shift = 0
setInterval(() => {
  shift = Math.floor((Math.random() * 2 - 1) * day)
}, 500).unref()
const now = () => realNow() + shift
globalThis.Date = class extends Date {
  constructor(...given) {
    if (given.length === 0) super(now())
    else super(...given)
  }
  static now() {
    return now()
  }
}
