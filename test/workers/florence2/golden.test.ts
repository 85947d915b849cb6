import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import type { Florence2, GenerateRequest, GenerationOptions } from '../../../workers/florence2/florence2.js'
import { describeWithReference } from '../../reference-data.js'
import {
  goldenRequest,
  loadReference,
  optionsOf,
  ownRequest,
  readGoldenCases,
  referenceNeeds,
} from './reference-checkpoint.js'

const signal = new AbortController().signal
const greedy = { beams: 1, maxNewTokens: 64, signal }
const beam3 = { beams: 3, maxNewTokens: 64, earlyStopping: true, signal }
/** As the pack's page suggests for scores. */
const scoreTolerance = 1e-3

describeWithReference('a Florence-2 checkpoint answers as Hugging Face does', referenceNeeds, () => {
  const golden = readGoldenCases()
  let sessions: SessionHost
  let model: Florence2
  beforeAll(async () => {
    sessions = createSessionHost({ threads: 1, sessions: 2 })
    model = await loadReference(sessions)
  })
  afterAll(async () => {
    await model.dispose()
    await sessions.close()
  })

  const modes: readonly ['greedy' | 'beam3', GenerationOptions & { signal: AbortSignal }][] = [
    ['greedy', greedy],
    ['beam3', beam3],
  ]
  describe.each(modes)('%s', (mode, options) => {
    it.each(golden.images.map((image) => [image.name, image] as const))('%s: each task alone', async (_, image) => {
      for (const result of image.results) {
        const [answer] = await model.generate([goldenRequest(image, result.task, result.input)], options)
        expect(answer?.prompt).toBe(result.prompt)
        if (!result[mode].stable) continue
        expect(answer?.ids, result.task).toEqual(result[mode].ids)
        expect(answer?.text).toBe(result[mode].text)
        if (result[mode].score !== undefined) expect(answer?.score).toBeCloseTo(result[mode].score, 3)
      }
    })

    it('all tasks of all images in one batch, longer prompts beside shorter ones', async () => {
      const asked = golden.images.flatMap((image) => image.results.map((result) => ({ image, result })))
      const requests = asked.map(({ image, result }) => goldenRequest(image, result.task, result.input))
      const answers = await model.generate(requests, options)
      const stable = asked.flatMap(({ result }, index) =>
        result[mode].stable ? [{ result, answer: answers[index] }] : [],
      )
      expect(stable.length).toBeGreaterThan(150)
      expect(stable.map(({ answer }) => answer?.ids)).toEqual(stable.map(({ result }) => result[mode].ids))
    })

    it.each(golden.batches.map((batch, index) => [index, batch] as const))('mixed batch %i', async (_, batch) => {
      const requests = batch.rows.map(({ image, task, input }) => goldenRequest(imageNamed(image), task, input))
      const answers = await model.generate(requests, options)
      batch.rows.forEach((_row, row) => {
        if (!batch[mode].stable[row]) return
        expect(answers[row]?.ids).toEqual(withoutPadding(batch[mode].ids[row] ?? []))
        const score = batch[mode].scores?.[row]
        if (score !== undefined) expect(Math.abs((answers[row]?.score ?? 0) - score)).toBeLessThan(scoreTolerance)
      })
    })

    it('stable answers stay from the images as they came, through our own resampling', async () => {
      const asked = golden.images.flatMap((image) => image.results.slice(0, 3).map((result) => ({ image, result })))
      const requests = asked.map(({ image, result }) => ownRequest(image, result.task, result.input))
      const answers = await model.generate(requests, options)
      const stable = asked.flatMap(({ result }, index) =>
        result[mode].stable ? [{ result, answer: answers[index] }] : [],
      )
      expect(stable.map(({ answer }) => answer?.ids)).toEqual(stable.map(({ result }) => result[mode].ids))
    })
  })

  it.each(golden.options.map((asked) => [JSON.stringify(asked.options), asked.image, asked] as const))(
    'options %s on %s',
    async (_options, _image, asked) => {
      if (!asked.stable) return
      const image = imageNamed(asked.image)
      const input = image.results.find(({ task }) => task === asked.task)?.input ?? ''
      const options = { ...optionsOf(asked.options, golden), signal }
      const [answer] = await model.generate([goldenRequest(image, asked.task, input)], options)
      expect(answer?.ids).toEqual(asked.ids)
      if (asked.score !== undefined) expect(Math.abs((answer?.score ?? 0) - asked.score)).toBeLessThan(scoreTolerance)
    },
  )

  it('rows that wait for room in the caches answer the same', async () => {
    const tight = await loadReference(sessions, 1)
    const [image] = golden.images
    const results = image?.results ?? []
    const requests: GenerateRequest[] = results.flatMap((result) =>
      image === undefined ? [] : [goldenRequest(image, result.task, result.input)],
    )
    const [roomy, alone] = [await model.generate(requests, greedy), await tight.generate(requests, greedy)]
    const stable = results.flatMap(({ greedy: { stable: same } }, index) => (same ? [index] : []))
    expect(stable.map((index) => alone[index]?.ids)).toEqual(stable.map((index) => roomy[index]?.ids))
  })

  function imageNamed(name: string): (typeof golden.images)[number] {
    const image = golden.images.find((each) => each.name === name)
    if (image === undefined) throw new RangeError(`no golden image ${name}`)
    return image
  }
})

/** Padding follows the end of a row that ended before the others of its batch. */
function withoutPadding(ids: readonly number[]): number[] {
  const end = ids.indexOf(2, 1)
  return end === -1 ? [...ids] : ids.slice(0, end + 1)
}
