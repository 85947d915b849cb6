import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSessionHost } from '../../../src/models/sessions/session-host.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { type Florence2, type GenerateRequest, loadFlorence2 } from '../../../workers/florence2/florence2.js'
import { describeWithReference } from '../../reference-data.js'
import {
  checkpointFiles,
  goldenRequest,
  loadReference,
  readGoldenCases,
  referenceNeeds,
} from './reference-checkpoint.js'

const signal = new AbortController().signal

describeWithReference('the Florence-2 runtime', referenceNeeds, () => {
  const [image] = readGoldenCases().images
  let sessions: SessionHost
  let model: Florence2
  beforeAll(async () => {
    sessions = createSessionHost({ threads: 1, sessions: 1 })
    model = await loadReference(sessions)
  })
  afterAll(async () => {
    await model.dispose()
    await sessions.close()
  })

  function request(task: string, input = '', key = 'one'): GenerateRequest & { decoded: () => number } {
    if (image === undefined) throw new RangeError('no golden image')
    const asked = goldenRequest(image, task, input)
    let count = 0
    const pixels = () => {
      count += 1
      return asked.image.pixels()
    }
    return { ...asked, image: { ...asked.image, key, pixels }, decoded: () => count }
  }

  it('computes the features of an image once, for all tasks and for others that have the checkpoint open', async () => {
    const asked = request('OD', '', 'shared')
    const other = await loadReference(sessions)
    await model.generate([asked, { ...asked, task: 'CAPTION' }], { beams: 1, maxNewTokens: 4, signal })
    await other.generate([asked], { beams: 1, maxNewTokens: 4, signal })
    expect(asked.decoded()).toBe(1)
    await other.dispose()
    await model.generate([asked], { beams: 1, maxNewTokens: 4, signal })
    expect(asked.decoded()).toBe(1)
  })

  it('refuses a prompt that leaves the image no room, and says how long it may be', async () => {
    const long = request('CAPTION_TO_PHRASE_GROUNDING', 'a dog '.repeat(600))
    await expect(model.generate([long], { signal })).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /a prompt of 12\d\d tokens is too long: the encoder has 1024 places, of which the image takes 37 and 987/,
      ),
    })
  })

  it.each([
    [{ beams: 0 }, /beams is 0; it must be a whole number from 1 to 64/],
    [{ maxNewTokens: 1024 }, /maxNewTokens is 1024; it must be a whole number from 1 to 1023/],
    [{ noRepeatNgramSize: -1 }, /noRepeatNgramSize is -1/],
  ])('refuses %j', async (options, message) => {
    await expect(model.generate([request('OD')], { ...options, signal })).rejects.toThrow(message)
  })

  it('stops between two steps when its signal fires', async () => {
    const stop = new AbortController()
    const requests = Array.from({ length: 30 }, () => request('CAPTION'))
    const before = model.stats().tokens
    const running = model.generate(requests, {
      beams: 3,
      maxNewTokens: 1000,
      minNewTokens: 999,
      noRepeatNgramSize: 0,
      signal: stop.signal,
    })
    // The features are there: what is stopped is the decoding.
    setTimeout(() => stop.abort(), 300)
    await expect(running).rejects.toMatchObject({ code: 'aborted' })
    const [answer] = await model.generate([request('CAPTION')], { beams: 1, maxNewTokens: 4, signal })
    expect(answer?.ids).toHaveLength(5)
    expect(model.stats().tokens - before).toBeLessThan(10)
  })

  it('keeps answers from ending too early, and its log-probabilities sum up to its score', async () => {
    const options = { beams: 2, maxNewTokens: 40, minNewTokens: 30, lengthPenalty: 0.5, signal }
    const answers = await model.generate([request('OD'), request('CAPTION')], options)
    for (const { ids, logProbs, score } of answers) {
      expect(ids.length).toBeGreaterThanOrEqual(31)
      expect(logProbs).toHaveLength(ids.length)
      const sum = logProbs.reduce((total, value) => total + value, 0)
      expect(score).toBeCloseTo(sum / (ids.length - 1) ** 0.5, 6)
    }
  })

  it('a config of another model is refused by name', async () => {
    const path = join(tmpdir(), `fld-config-${process.pid}.json`)
    await writeFile(path, JSON.stringify({ model_type: 'bart', text_config: {} }))
    const files = new Map(checkpointFiles()).set('config.json', path)
    await expect(loadFlorence2({ files, sessions })).rejects.toThrow(/is of no Florence-2 checkpoint: .*model_type/s)
    await rm(path)
  })
})
