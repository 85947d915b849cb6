import { expect, test } from 'vitest'
import { FldError } from '../../../schemas/errors.js'
import { endpointTarget } from '../../../src/models/endpoint/endpoint-address.js'
import { endpointOptionsShape } from '../../../src/models/endpoint/options.js'

const refusalOf = (url: string, key: string | null = null): FldError => {
  try {
    endpointTarget({ url, key }, undefined)
  } catch (thrown) {
    if (thrown instanceof FldError) return thrown
  }
  throw new Error('it was taken')
}

test.each([
  ['http://host:8000/v1', 'http://host:8000/v1/chat/completions'],
  ['http://host:8000/v1/', 'http://host:8000/v1/chat/completions'],
  ['https://host', 'https://host/chat/completions'],
  [
    'https://host/openai/deployments/x?api-version=1',
    'https://host/openai/deployments/x/chat/completions?api-version=1',
  ],
])('%s is asked at %s', (url, asked) => {
  expect(endpointTarget({ url, key: 'k' }, undefined)).toMatchObject({ url: new URL(asked), key: 'k' })
})

test('the environment wins over the option, and its key goes with its address only', () => {
  const environment = { url: 'http://here/v1', key: 'secret' }
  expect(endpointTarget(environment, 'http://there/v1')).toMatchObject({ url: { host: 'here' }, key: 'secret' })
  expect(endpointTarget(undefined, 'http://there/v1')).toMatchObject({ url: { host: 'there' }, key: null })
})

test('without an address the error says what to set', () => {
  expect(() => endpointTarget(undefined, undefined)).toThrow(
    expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining('FLD_ENDPOINT_URL') }),
  )
})

test.each(['host:8000', 'ftp://host/v1', 'sk-a-key-in-the-wrong-place', 'http://user:sk-secret@host/v1'])(
  '%s is refused without being shown',
  (url) => {
    const { code, message } = refusalOf(url)
    expect(code).toBe('config_invalid')
    expect(message).toContain('FLD_ENDPOINT_URL')
    expect(message).not.toMatch(/sk-|8000\/v1x/)
  },
)

test.each(['', 'two words', 'line\nbreak', 'k\u00e9y'])(
  'a key that no header can carry is refused without being shown: %j',
  (key) => {
    const { code, message } = refusalOf('http://host/v1', key)
    expect(code).toBe('config_invalid')
    expect(message).toContain('FLD_ENDPOINT_KEY')
    if (key !== '') expect(message).not.toContain(key)
  },
)

test.each(['http://user:sk-secret@host/v1', 'http://user@host/v1', 'http://:sk-secret@host/v1'])(
  'the option "url" takes no login, as it is kept in plans: %s',
  (url) => {
    const { error } = endpointOptionsShape.url.safeParse(url)
    expect(error?.issues.map(({ message }) => message)).toEqual([
      expect.stringMatching(/without a login.* FLD_ENDPOINT_KEY only/),
    ])
    expect(JSON.stringify(error)).not.toContain('sk-secret')
  },
)

test('an entry without a model is told where one comes from', () => {
  expect(endpointOptionsShape.model.safeParse(undefined).error?.issues[0]?.message).toContain('FLD_ENDPOINT_MODEL')
  expect(endpointOptionsShape.model.safeParse(' ').success).toBe(false)
})
