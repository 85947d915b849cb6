import { InvalidArgumentError } from 'commander'

/** Parses a whole number of an option, or says what was allowed. */
export function wholeNumber(range: { min: number; max: number }): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= range.min && value <= range.max) return value
    throw new InvalidArgumentError(`It must be a whole number from ${range.min} to ${range.max}.`)
  }
}

/** Parses a list with commas whose members are all known. */
export function listOf<Name extends string>(allowed: readonly Name[]): (text: string) => Name[] {
  return (text) =>
    text.split(',').map((part) => {
      const found = allowed.find((name) => name === part.trim())
      if (found === undefined) throw new InvalidArgumentError(`"${part}" is none of ${allowed.join(', ')}.`)
      return found
    })
}

/** Collects an option that may be given several times. */
export function collect(text: string, before: readonly string[]): string[] {
  return [...before, text]
}

/** A run's name: safe in keys of the store and in file names. */
export function runName(text: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/.test(text)) return text
  throw new InvalidArgumentError('It must be lower-case letters, digits, dots, dashes or underscores, at most 100.')
}

/** Parses any finite number. */
export function anyNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a number.')
}

/** Parses the size of an image, 640x480: width and height in pixels. */
export function imageSize(text: string): { width: number; height: number } {
  const [, width, height] = /^([1-9]\d{0,8})[x×]([1-9]\d{0,8})$/i.exec(text.trim()) ?? []
  if (width !== undefined && height !== undefined) return { width: Number(width), height: Number(height) }
  throw new InvalidArgumentError('It must be width and height in pixels, as 640x480.')
}

/** Parses when beam search stops. */
export function earlyStopping(text: string): boolean | 'never' {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'never') return text
  throw new InvalidArgumentError('It must be true, false or never.')
}

/** Parses names of hosts with commas: example.org, *.example.org, 192.0.2.1. */
export function hostNames(text: string): string[] {
  return text.split(',').map((part) => {
    const name = part.trim().toLowerCase()
    if (/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$|^\[[0-9a-f:.]+\]$/.test(name)) return name
    throw new InvalidArgumentError(
      `"${part}" is no name of a host: example.org or *.example.org, without scheme and port.`,
    )
  })
}
