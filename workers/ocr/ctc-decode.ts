/** What a greedy CTC decoder read in one line. */
export interface ReadText {
  readonly text: string
  /** Mean probability of the classes that were kept, 0-1; 0 for an empty text. */
  readonly score: number
}

/** Class probabilities of a batch of lines: [lines, steps, classes], row by row. */
export interface StepProbabilities {
  readonly data: Float32Array
  readonly steps: number
  readonly classes: number
}

/** The characters of a recogniser's classes from a dictionary of one per line: class 0 is CTC's blank, the last is a space. */
export function characterClasses(dictionary: string): string[] {
  const characters = dictionary.split('\n').map((line) => line.replace(/\r$/, ''))
  if (characters.at(-1) === '') characters.pop()
  return ['', ...characters, ' ']
}

/**
 * The best class of every step, repeats merged and blanks left out (Graves et al. 2006, best path decoding).
 * `line` counts lines of the batch; `characters` has one entry per class.
 */
export function ctcGreedyDecode(
  probabilities: StepProbabilities,
  line: number,
  characters: readonly string[],
): ReadText {
  const { data, steps, classes } = probabilities
  let text = ''
  let [sum, kept, previous] = [0, 0, 0]
  for (let step = 0; step < steps; step++) {
    const start = (line * steps + step) * classes
    const best = indexOfLargest(data, start, start + classes)
    const chosen = best - start
    if (chosen !== 0 && chosen !== previous) {
      text += characters[chosen] ?? ''
      sum += data[best] ?? 0
      kept++
    }
    previous = chosen
  }
  return { text, score: kept === 0 ? 0 : sum / kept }
}

function indexOfLargest(data: Float32Array, start: number, end: number): number {
  let best = start
  let largest = data[start] ?? 0
  for (let index = start + 1; index < end; index++) {
    const value = data[index] ?? 0
    if (value > largest) {
      largest = value
      best = index
    }
  }
  return best
}
