import { expect } from 'vitest'
import { type ErrorCode, FldError } from '../../schemas/errors.js'
import type { ObjectInfo } from '../../src/storage/object-store.js'

export function bytesOf(content: string): Uint8Array {
  return new TextEncoder().encode(content)
}

export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export async function keysOf(infos: AsyncIterable<ObjectInfo>): Promise<string[]> {
  return (await collect(infos)).map(({ key }) => key)
}

/** The FldError of that code that the work must end with. */
export async function refusedWith(code: ErrorCode, work: Promise<unknown>): Promise<FldError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if (!('error' in outcome) || !(outcome.error instanceof FldError)) {
    throw new Error(
      `expected a FldError ${code}, got ${JSON.stringify(outcome)} ${'error' in outcome ? outcome.error : ''}`,
    )
  }
  expect(outcome.error.code, outcome.error.message).toBe(code)
  return outcome.error
}
