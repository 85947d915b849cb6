import { expect, test } from 'vitest'
import { isPassingStatus, retryAfterMs } from '../../../src/models/packs/http-status.js'

test('what may pass: timeouts, too many requests, failures of the server', () => {
  const passing = [200, 301, 400, 401, 403, 404, 408, 410, 422, 425, 429, 500, 502, 503, 504].filter(isPassingStatus)
  expect(passing).toEqual([408, 425, 429, 500, 502, 503, 504])
})

test('Retry-After is seconds or a date; a date that is past asks for no pause', () => {
  expect(retryAfterMs('7')).toBe(7000)
  expect(retryAfterMs(' 0 ')).toBe(0)
  const inAMinute = retryAfterMs(new Date(Date.now() + 60_000).toUTCString()) ?? 0
  expect(inAMinute).toBeGreaterThan(50_000)
  expect(inAMinute).toBeLessThanOrEqual(60_000)
  expect(retryAfterMs('Wed, 21 Oct 2015 07:28:00 GMT')).toBe(0)
})

test.each([null, '', 'soon', '-3 minutes'])('%j asks for nothing', (header) => expect(retryAfterMs(header)).toBeNull())
