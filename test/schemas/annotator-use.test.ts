import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { annotatorName, annotatorUseSchema, checkpointLabel, checkpointOf } from '../../schemas/annotator-use.js'

describe('an annotator of a pipeline', () => {
  test.each([
    ['starter/ppocr', null, 'ppocr'],
    ['./packs/mine.json/net', null, 'net'],
    ['./checkpoint/net', null, 'net'],
    ['checkpoint/base', { name: 'base', version: null }, 'base'],
    ['checkpoint/base@12', { name: 'base', version: 12 }, 'base'],
  ])('%s is read', (use, checkpoint, name) => {
    const parsed = annotatorUseSchema.parse(use)
    expect(parsed).toEqual({ use, required: true, options: {} })
    expect(checkpointOf(use)).toEqual(checkpoint)
    expect(annotatorName(parsed)).toBe(name)
    expect(annotatorName({ use, as: 'other' })).toBe('other')
  })

  test('a label is how a pipeline names the version', () => {
    expect(checkpointOf(`checkpoint/${checkpointLabel('base', 3)}`)).toEqual({ name: 'base', version: 3 })
  })

  test.each([
    ['checkpoint/base@0', /"checkpoint\/base@0" names no checkpoint: write checkpoint\/<name>/],
    ['checkpoint/base@current', /names no checkpoint/],
    ['checkpoint/Base', /names no checkpoint/],
    ['checkpoint/', /names no checkpoint/],
    [{ use: 'checkpoint/base@', as: 'x' }, /names no checkpoint/],
    [{ use: 'starter/ppocr', annotator: 'detect' }, /only a checkpoint is told its annotator/],
    [{ use: 'checkpoint/base', as: 'Base' }, /names are lower-case.*at as/s],
    [{ use: 'checkpoint/base', annotater: 'florence2' }, /annotater/],
  ])('%j is refused with what was allowed', (use, message) => {
    const parsed = annotatorUseSchema.safeParse(use)
    expect(parsed.error && z.prettifyError(parsed.error)).toMatch(message)
  })
})
