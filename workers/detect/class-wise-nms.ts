import type { Candidate } from './candidate.js'

/**
 * Greedy non-maximum suppression within each class: a box goes when its IoU with a better one that stays is above
 * `iou`. Expects and keeps the order best first.
 */
export function classWiseNms<T extends Candidate>(candidates: readonly T[], iou: number): T[] {
  const kept: T[] = []
  const byLabel = new Map<number, T[]>()
  for (const candidate of candidates) {
    const better = byLabel.get(candidate.label) ?? []
    if (better.some((other) => overlap(other, candidate) > iou)) continue
    better.push(candidate)
    byLabel.set(candidate.label, better)
    kept.push(candidate)
  }
  return kept
}

function overlap(a: Candidate, b: Candidate): number {
  const width = Math.min(a.x2, b.x2) - Math.max(a.x1, b.x1)
  const height = Math.min(a.y2, b.y2) - Math.max(a.y1, b.y1)
  if (width <= 0 || height <= 0) return 0
  const shared = width * height
  return shared / (area(a) + area(b) - shared)
}

function area({ x1, y1, x2, y2 }: Candidate): number {
  return (x2 - x1) * (y2 - y1)
}
