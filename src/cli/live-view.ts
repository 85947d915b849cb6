import pc from 'picocolors'
import type { RunProgress } from '../run/run-progress.js'
import { duration, rate } from './format-text.js'

/** A view of a running run on a terminal, or a line now and then where there is none. */
export interface LiveView {
  /** Prints a line above the view. */
  log(line: string): void
  close(): void
}

/** Redraw interval on a terminal, and between the lines of a log file, in ms. */
const intervals = { terminal: 250, file: 5_000 }

/** Shows progress on standard error until closed. */
export function openLiveView(progress: RunProgress, output: NodeJS.WriteStream = process.stderr): LiveView {
  let drawn = 0
  const erase = () => {
    if (drawn > 0) output.write(`\x1b[${drawn}A\x1b[0J`)
    drawn = 0
  }
  const draw = () => {
    const lines = output.isTTY ? viewLines(progress, output.columns ?? 80) : [summaryLine(progress)]
    if (output.isTTY) erase()
    output.write(`${lines.join('\n')}\n`)
    drawn = output.isTTY ? lines.length : 0
  }
  const timer = setInterval(draw, output.isTTY ? intervals.terminal : intervals.file)
  return {
    log: (line) => {
      erase()
      output.write(`${line}\n`)
    },
    close: () => {
      clearInterval(timer)
      draw()
      // What is said from here on stands below.
      drawn = 0
    },
  }
}

function viewLines(progress: RunProgress, columns: number): string[] {
  const width = Math.max(8, ...[...progress.annotators.keys()].map((name) => name.length))
  const total = imagesTotal(progress)
  const annotators = [...progress.annotators].map(([name, images]) => {
    const done = Math.min(images + progress.imagesReused, total ?? Number.POSITIVE_INFINITY)
    const bar = total === null ? '' : meter(done / Math.max(total, 1), Math.max(0, Math.min(24, columns - width - 40)))
    return `  ${name.padEnd(width)} ${bar} ${String(done).padStart(7)}  ${pc.dim(rate(images, seconds(progress)))}`
  })
  return [summaryLine(progress), ...annotators].map((line) => line.trimEnd())
}

function summaryLine(progress: RunProgress): string {
  const { ingest, shards } = progress
  const known = ingest.done ? '' : '+'
  const total = shards.committed + shards.inFlight + shards.failed
  const parts = [
    `shards ${pc.bold(`${shards.committed}/${total}${known}`)}`,
    `images ${pc.bold(`${progress.imagesCommitted}/${ingest.accepted}${known}`)}`,
    ingest.refused > 0 ? `refused ${ingest.refused}` : '',
    shards.failed > 0 ? pc.red(`failed ${shards.failed}`) : '',
    rate(imagesDone(progress), seconds(progress)),
    `ETA ${estimate(progress)}`,
    duration(seconds(progress)),
  ]
  return parts.filter(Boolean).join('  ')
}

function meter(share: number, width: number): string {
  const full = Math.round(Math.min(1, share) * width)
  return pc.cyan('━'.repeat(full)) + pc.dim('─'.repeat(Math.max(0, width - full)))
}

/** Images that all annotators together have done, as whole images; those decided where no annotator is asked. */
function imagesDone({ annotators, imagesCommitted, imagesReused }: RunProgress): number {
  const sum = [...annotators.values()].reduce((total, images) => total + images, 0)
  return annotators.size === 0 ? imagesCommitted - imagesReused : sum / annotators.size
}

function imagesTotal({ ingest }: RunProgress): number | null {
  return ingest.accepted > 0 ? ingest.accepted : null
}

/** Time left at the pace so far; unknown until there is a pace and ingest has found all images. */
function estimate(progress: RunProgress): string {
  const done = imagesDone(progress)
  const total = imagesTotal(progress)
  if (!progress.ingest.done || total === null || done < 1) return '...'
  const left = Math.max(0, total - progress.imagesReused - done)
  return duration((left / done) * seconds(progress))
}

function seconds({ started }: RunProgress): number {
  return (Date.now() - started) / 1000
}
