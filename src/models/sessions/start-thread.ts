import { Worker, type WorkerOptions } from 'node:worker_threads'

/**
 * Starts a thread on a module of ours, named as what the compiler makes of it (`new URL('./entry.js', import.meta.url)`). An
 * installation runs that; tests and development run the TypeScript beside it, which a thread must be taught first.
 */
export function startThread(entry: URL, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(entry, options)
  const loader = import.meta.resolve('tsx/esm/api')
  const source = entry.href.replace(/\.js$/, '.ts')
  const script = `import(${JSON.stringify(loader)}).then((tsx) => (tsx.register(), import(${JSON.stringify(source)})))`
  return new Worker(script, { ...options, eval: true })
}
