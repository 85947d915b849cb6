import { describe, expect, it } from 'vitest'
import { packEntrySchema } from '../../schemas/pack.js'
import { withEndpointModel } from '../../src/cli/endpoint-model.js'
import { readEnvironment } from '../../src/cli/environment.js'

const entry = (annotator: string, options: Record<string, unknown> = {}) =>
  packEntrySchema.parse({ name: 'writer', annotator, family: 'vlm', licence: 'none', options })

describe('the model of the environment', () => {
  it.each(['describe', 'detail', 'caption-vlm'])('is laid into %s where no model is named', (annotator) => {
    const plain = entry(annotator, { temperature: 1 })
    expect(withEndpointModel(plain, 'qwen').options).toEqual({ temperature: 1, model: 'qwen' })
    expect(plain.options).toEqual({ temperature: 1 })
    const named = entry(annotator, { model: 'own' })
    expect(withEndpointModel(named, 'qwen')).toBe(named)
    expect(withEndpointModel(plain, undefined)).toBe(plain)
  })

  it.each(['detect', 'ocr', 'caption', 'caption-regions'])('is nothing to %s', (annotator) => {
    const plain = entry(annotator)
    expect(withEndpointModel(plain, 'qwen')).toBe(plain)
  })
})

describe('the endpoint of the environment', () => {
  it('is absent, or an address with or without a key', () => {
    expect(readEnvironment({}).endpoint).toBeUndefined()
    expect(readEnvironment({ FLD_ENDPOINT_URL: ' ', FLD_ENDPOINT_KEY: ' ' }).endpoint).toBeUndefined()
    expect(readEnvironment({ FLD_ENDPOINT_URL: 'http://host/v1 ' }).endpoint).toEqual({
      url: 'http://host/v1',
      key: null,
    })
    expect(readEnvironment({ FLD_ENDPOINT_URL: 'http://host/v1', FLD_ENDPOINT_KEY: 'k\n' }).endpoint).toEqual({
      url: 'http://host/v1',
      key: 'k',
    })
    expect(readEnvironment({ FLD_ENDPOINT_MODEL: 'qwen' }).endpointModel).toBe('qwen')
    expect(readEnvironment({ FLD_ENDPOINT_MODEL: '' }).endpointModel).toBeUndefined()
  })

  it.each([{}, { FLD_ENDPOINT_URL: ' ' }])('a key without an address is told, and not shown: %j', (env) => {
    expect(() => readEnvironment({ ...env, FLD_ENDPOINT_KEY: 'sk-1' })).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        message: expect.stringMatching(/^FLD_ENDPOINT_KEY is set without FLD_ENDPOINT_URL(?!.*sk-1)/),
      }),
    )
  })

  it('that cannot be one is refused at the start', () => {
    expect(() => readEnvironment({ FLD_ENDPOINT_URL: 'host:8000' })).toThrow(/FLD_ENDPOINT_URL is no address/)
    expect(() => readEnvironment({ FLD_ENDPOINT_URL: 'http://host', FLD_ENDPOINT_KEY: 'a b' })).toThrow(
      /FLD_ENDPOINT_KEY/,
    )
  })
})
