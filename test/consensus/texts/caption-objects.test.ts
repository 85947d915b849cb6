import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { agreement, precision, recall } from '../../../infra/bench/caption-objects/agreement.js'
import { namedClasses } from '../../../infra/bench/caption-objects/named-classes.js'
import { coco80 } from '../../../schemas/vocabularies/index.js'
import { parseText } from '../../../src/consensus/index.js'
import { describeWithReference, referencePath } from '../../reference-data.js'

const folder = 'photos/coco_mini/annotations'
const parts = ['train2017', 'val2017'] as const

/**
 * Every fifth caption by id of each part, from the first on, and the classes of COCO that a reader says it names; judged by
 * hand before the parser had seen them. A `?` marks what a reader may or may not mean, which counts neither way: `a table`
 * for a dining table, `stove` for an oven, the plain `board` of a surfer, a misspelt name.
 */
const judged = z
  .record(z.enum(parts), z.record(z.string(), z.array(z.string())))
  .parse(JSON.parse(readFileSync(new URL('mentioned-classes.json', import.meta.url), 'utf8')))

const captionsSchema = z.object({ annotations: z.array(z.object({ id: z.number(), caption: z.string() })) })

function captionsOf(part: string): ReadonlyMap<string, string> {
  const file = readFileSync(referencePath(`${folder}/captions_${part}.json`), 'utf8')
  return new Map(captionsSchema.parse(JSON.parse(file)).annotations.map(({ id, caption }) => [`${id}`, caption]))
}

describeWithReference(
  'the objects of captions',
  parts.map((part) => `${folder}/captions_${part}.json`),
  () => {
    const classes = new Set(coco80)

    it('are those that a reader finds in a sample', () => {
      const comparisons = parts.flatMap((part) => {
        const captions = captionsOf(part)
        return Object.entries(judged[part]).map(([id, marks]) => {
          const unsure = new Set(marks.filter((mark) => mark.startsWith('?')).map((mark) => mark.slice(1)))
          const named = [...namedClasses(parseText(captions.get(id) ?? ''), classes)].filter(
            (name) => !unsure.has(name),
          )
          return { named: new Set(named), there: new Set(marks.filter((mark) => !mark.startsWith('?'))) }
        })
      })
      expect(comparisons).toHaveLength(159)
      const counts = agreement(comparisons)
      expect(recall(counts)).toBeGreaterThan(0.95)
      expect(precision(counts)).toBeGreaterThan(0.97)
    })

    it('stand where their phrases say', () => {
      for (const text of parts.flatMap((part) => [...captionsOf(part).values()])) {
        const { phrases } = parseText(text)
        for (const [index, { start, end, phrase }] of phrases.entries()) {
          expect(text.slice(start, end)).toBe(phrase)
          expect(phrase).toBe(phrase.trim())
          expect(start).toBeGreaterThanOrEqual(phrases[index - 1]?.end ?? 0)
        }
      }
    })
  },
)
