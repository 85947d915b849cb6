import { spawn } from 'node:child_process'
import { once } from 'node:events'

/**
 * Reads process ids from its standard input until that ends, which it does when our end is closed or this process
 * dies, however it dies. Then it ends those processes, if they still are what was started, and removes the folder.
 * Kills at once: what they hold is thrown away with the folder.
 */
const script = `
pids=
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do
  if grep -qaF "$FOLDER" "/proc/$pid/cmdline" 2>/dev/null; then kill -9 "$pid"; fi
done
tries=0
for pid in $pids; do
  while [ -s "/proc/$pid/cmdline" ] && [ $tries -lt 200 ]; do tries=$((tries + 1)); sleep 0.05; done
done
rm -rf "$FOLDER"
`

/** Ends processes and removes their folder, on demand or when this process is gone. */
export interface Reaper {
  /** A process whose command line names the folder. */
  add(pid: number): void
  reap(): Promise<void>
}

/** Starts the reaper of a temporary folder. */
export function startReaper(folder: string): Reaper {
  const child = spawn('sh', ['-c', script], {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { PATH: '/usr/bin:/bin', FOLDER: folder },
    // Out of the terminal's process group: Ctrl-C must not end it before it has done its work.
    detached: true,
  })
  const ended = once(child, 'exit')
  return {
    add: (pid) => void child.stdin.write(`${pid}\n`),
    reap: async () => {
      child.stdin.end()
      await ended
    },
  }
}
