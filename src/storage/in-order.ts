/**
 * The results of `work` over a stream in the stream's order, with at most `concurrency` items begun and not yet handed
 * out. The first error ends it; work that is still running then is awaited, so that nothing goes on unseen.
 */
export async function* inOrder<In, Out>(
  stream: AsyncIterable<In> | Iterable<In>,
  { concurrency, work }: { concurrency: number; work: (item: In) => Promise<Out> },
): AsyncGenerator<Out, void, undefined> {
  const running: Promise<Out>[] = []
  try {
    for await (const item of stream) {
      const result = work(item)
      // Its error is thrown when its turn comes; until then it must not count as unhandled.
      result.catch(() => undefined)
      running.push(result)
      const first = running.length >= concurrency ? running.shift() : undefined
      if (first !== undefined) yield await first
    }
    for (let next = running.shift(); next !== undefined; next = running.shift()) yield await next
  } finally {
    await Promise.allSettled(running)
  }
}
