import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { parseAnswer } from '../../../schemas/florence2/parse.js'
import { referenceShape } from '../../../schemas/florence2/reference-shape.js'
import { florence2Tasks, parseTaskName } from '../../../schemas/florence2/tasks.js'
import { describeWithReference, referencePath } from '../../reference-data.js'

interface PostprocessCase {
  readonly id: string
  readonly task: string
  readonly note: string
  readonly imageSize: [number, number] | null
  readonly text: string
  readonly hfFloat: Readonly<Record<string, unknown>>
}

const file = 'golden/florence2/postprocess.json'

describeWithReference('generated texts are read as the reference reads them', [file], () => {
  const { cases } = JSON.parse(readFileSync(referencePath(file), 'utf8')) as { cases: PostprocessCase[] }
  const known = cases.filter(({ task }) => florence2Tasks.some((name) => `<${name}>` === task))

  it.each(known.map((each) => [each.id, each.task, each.note, each] as const))(
    '%s %s: %s',
    (_id, task, _note, asked) => {
      const [width = 0, height = 0] = asked.imageSize ?? []
      const size = asked.imageSize === null ? null : { width, height }
      const parse = () => referenceShape(parseAnswer(parseTaskName(task), asked.text, size))
      if ('error' in asked.hfFloat) {
        expect(parse).toThrow(/no location: they go from 0 to 999|the size of the image is needed/)
        return
      }
      const found = parse()
      const wanted = asked.hfFloat[task]
      expect(rounded(found)).toEqual(rounded(wanted))
      for (const [index, value] of numbersOf(found).entries()) {
        const reference = numbersOf(wanted)[index] ?? Number.NaN
        expect(Math.abs(value - reference)).toBeLessThanOrEqual(Math.max(1e-6 * Math.abs(reference), 1e-6))
      }
    },
  )

  it('a task that is none is refused by name; of a marker the reference, and fld florence2 parse, read plain text', () => {
    const unknown = cases.filter((each) => !known.includes(each))
    expect(unknown.length).toBeGreaterThan(0)
    for (const { task } of unknown)
      expect(() => parseTaskName(task)).toThrow(/is no task of Florence-2; there are: CAPTION/)
  })
})

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(numbersOf) : []
}

/** The same with its numbers left out: labels and shapes. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return 'number'
  if (Array.isArray(value)) return value.map(rounded)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, rounded(field)]))
}
