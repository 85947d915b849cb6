import sharp from 'sharp'

type Content = string | readonly ({ type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } })[]

/** A request as the chat server saw it. */
export interface SeenChat {
  readonly model: string
  readonly max_tokens: number
  readonly temperature?: number | undefined
  readonly seed?: number | undefined
  readonly messages: readonly { readonly role: string; readonly content: Content }[]
  readonly authorization: string | null
  /** ms, by performance.now. */
  readonly at: number
}

const colours: Readonly<Record<string, readonly [number, number, number]>> = {
  black: [20, 20, 20],
  gray: [128, 128, 128],
  white: [240, 240, 240],
  red: [200, 30, 30],
  green: [40, 140, 50],
  blue: [40, 70, 180],
  yellow: [230, 210, 50],
  brown: [110, 70, 40],
}

/**
 * What can be said about a request by looking at it: the main colour and the shape of the picture, and the things and
 * texts that the prompt names. "A mostly red picture, wider than high with dog and the words EXIT."
 */
export async function writtenAnswer(chat: SeenChat): Promise<string> {
  const prompt = textOf(chat)
  const picture = pictureOf(chat)
  const seen = picture === null ? 'A picture' : await look(picture)
  const things = [...prompt.matchAll(/^- (?!")(.+?) \[[\d, ]+\]$/gm)].map((line) => line[1])
  const read = [...prompt.matchAll(/^- "(.+)" \[[\d, ]+\]$/gm)].map((line) => line[1])
  const named = things.length === 0 ? '' : ` with ${things.join(' and ')}`
  const words = read.length === 0 ? '' : `${named === '' ? ' with' : ' and'} the words ${read.join(' ')}`
  return `${seen}${named}${words}.`
}

/** The text that was sent, all of it. */
export function textOf(chat: SeenChat): string {
  return partsOf(chat)
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('\n')
}

/** The bytes of the picture that was sent; null without one. */
export function pictureOf(chat: SeenChat): Buffer | null {
  for (const part of partsOf(chat)) {
    if (part.type !== 'image_url') continue
    const base64 = /^data:image\/jpeg;base64,(.+)$/.exec(part.image_url.url)?.[1]
    if (base64 === undefined) throw new Error('not a JPEG in a data: URL')
    return Buffer.from(base64, 'base64')
  }
  return null
}

function partsOf({ messages }: SeenChat) {
  return messages.flatMap(({ content }) =>
    typeof content === 'string' ? [{ type: 'text' as const, text: content }] : [...content],
  )
}

async function look(jpeg: Buffer): Promise<string> {
  const { width, height } = await sharp(jpeg).metadata()
  const { channels } = await sharp(jpeg).stats()
  const mean = channels.map((channel) => channel.mean)
  const shape = width === height ? 'as wide as high' : width > height ? 'wider than high' : 'higher than wide'
  return `A mostly ${nearest(mean)} picture, ${shape}`
}

function nearest(mean: readonly number[]): string {
  const far = (value: readonly number[]) => value.reduce((sum, one, index) => sum + (one - (mean[index] ?? 0)) ** 2, 0)
  const [best] = Object.entries(colours).sort(([, one], [, other]) => far(one) - far(other))
  return best?.[0] ?? 'gray'
}
