import { describe, expect, it } from 'vitest'
import { characterClasses, ctcGreedyDecode } from '../../../workers/ocr/ctc-decode.js'

const characters = characterClasses('a\nb\n')

/** One step per entry: the winning class and its probability; the rest is shared by the others. */
function probabilities(lines: readonly (readonly (readonly [number, number])[])[]) {
  const classes = characters.length
  const steps = lines[0]?.length ?? 0
  const data = new Float32Array(lines.length * steps * classes)
  for (const [line, wins] of lines.entries()) {
    for (const [step, [winner, probability]] of wins.entries()) {
      const start = (line * steps + step) * classes
      data.fill((1 - probability) / (classes - 1), start, start + classes)
      data[start + winner] = probability
    }
  }
  return { data, steps, classes }
}

describe('characterClasses', () => {
  it('puts the blank first and the space last', () => {
    expect(characters).toEqual(['', 'a', 'b', ' '])
  })

  it('takes Windows line ends, no last line end, and a wide space as a character', () => {
    expect(characterClasses('a\r\n\u3000\r\nb')).toEqual(['', 'a', '\u3000', 'b', ' '])
  })
})

describe('ctcGreedyDecode', () => {
  it('merges repeats, keeps doubles that a blank parts, and scores only what it kept', () => {
    const line = [
      [1, 0.8],
      [1, 0.99],
      [0, 0.9],
      [1, 0.6],
      [3, 0.7],
      [2, 0.9],
    ] as const
    const { text, score } = ctcGreedyDecode(probabilities([line]), 0, characters)
    expect(text).toBe('aa b')
    expect(score).toBeCloseTo((0.8 + 0.6 + 0.7 + 0.9) / 4)
  })

  it('reads the line asked for, and nothing as nothing', () => {
    const batch = probabilities([
      [
        [0, 0.9],
        [0, 0.9],
      ],
      [
        [2, 0.5],
        [0, 0.9],
      ],
    ])
    expect(ctcGreedyDecode(batch, 0, characters)).toEqual({ text: '', score: 0 })
    expect(ctcGreedyDecode(batch, 1, characters)).toEqual({ text: 'b', score: 0.5 })
  })
})
