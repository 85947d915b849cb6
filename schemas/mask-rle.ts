/** A mask of an image. Only the window that holds foreground is kept; everything outside of it is background. */
export interface BinaryMask {
  /** Of the image, in pixels. */
  readonly width: number
  readonly height: number
  /** The window: its top left pixel, its columns and rows. */
  readonly left: number
  readonly top: number
  readonly columns: number
  readonly rows: number
  /** Of the window, row by row: 1 is foreground. */
  readonly data: Uint8Array
}

/**
 * The run lengths of a mask in COCO's order: pixels column by column, background first (0 where the first pixel is
 * foreground). They sum to width * height. Source: pycocotools, common/maskApi.c, rleEncode.
 */
export function maskRuns({ width, height, left, top, columns, rows, data }: BinaryMask): number[] {
  const runs: number[] = []
  let foreground = 0
  let start = 0
  const endRun = (at: number): void => {
    runs.push(at - start)
    start = at
    foreground = 1 - foreground
  }
  for (let column = 0; column < columns; column++) {
    const first = (left + column) * height + top
    for (let row = 0, at = column; row < rows; row++, at += columns) {
      if (data[at] !== foreground) endRun(first + row)
    }
    // A run at the bottom goes on at the top of the next column where the window has no background around it.
    const goesOn = rows === height && column + 1 < columns
    if (foreground === 1 && !goesOn && first + rows < width * height) endRun(first + rows)
  }
  runs.push(width * height - start)
  return runs
}

/**
 * Run lengths as COCO's compressed string: each as its difference to the one two before (from the fourth on), in groups
 * of five bits from the lowest, with a sixth that says whether more follow, as characters from `0` on. Source: pycocotools,
 * common/maskApi.c, rleToString.
 */
export function compressRuns(runs: readonly number[]): string {
  const codes: number[] = []
  for (const [index, run] of runs.entries()) {
    let rest = index > 2 ? run - (runs[index - 2] ?? 0) : run
    for (let more = true; more; ) {
      const bits = rest & 0x1f
      rest >>= 5
      // The highest bit of the last group is the sign.
      more = bits & 0x10 ? rest !== -1 : rest !== 0
      codes.push((more ? bits | 0x20 : bits) + 48)
    }
  }
  return codes.map((code) => String.fromCharCode(code)).join('')
}

/** The run lengths of a string that `compressRuns` (or pycocotools) wrote. */
export function decompressRuns(text: string): number[] {
  const runs: number[] = []
  for (let at = 0; at < text.length; ) {
    let value = 0
    let shift = 0
    let code = 0x20
    while (code & 0x20 && at < text.length) {
      code = text.charCodeAt(at++) - 48
      value |= (code & 0x1f) << shift
      shift += 5
    }
    if (code & 0x10 && shift < 32) value |= -1 << shift
    runs.push(runs.length > 2 ? value + (runs[runs.length - 2] ?? 0) : value)
  }
  return runs
}
