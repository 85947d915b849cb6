import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { newPart } from '../packs/part-file.js'
import type { ChatAnswer, ChatBody } from './chat-protocol.js'

/** Answers by what was asked, kept in files, so that a retry or a second run asks nothing. */
export interface AnswerCache {
  /** Null where nobody asked that before, or the file is damaged. */
  read(body: ChatBody): Promise<ChatAnswer | null>
  keep(body: ChatBody, answer: ChatAnswer): Promise<void>
}

const answerSchema = z.object({
  text: z.string(),
  finish_reason: z.string().nullable(),
  refusal: z.string().nullable(),
  total_tokens: z.number().nullable(),
})

/**
 * The cache in a folder; without one nothing is kept. The name of a file is the sha256 of the whole request: model,
 * messages with their pictures, parameters. Two levels of folders, as answers are many. A folder that cannot be
 * written keeps nothing, and that is all.
 */
export function answerCache(folder: string | undefined): AnswerCache {
  if (folder === undefined) return { read: async () => null, keep: async () => undefined }
  return {
    read: async (body) => parseAnswer(await readFile(pathOf(folder, body), 'utf8').catch(() => '')),
    keep: (body, { text, finish_reason, refusal, total_tokens }) =>
      writeWhole(pathOf(folder, body), `${JSON.stringify({ text, finish_reason, refusal, total_tokens })}\n`),
  }
}

function pathOf(folder: string, body: ChatBody): string {
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('hex')
  return join(folder, hash.slice(0, 2), hash.slice(2, 4), `${hash}.json`)
}

function parseAnswer(text: string): ChatAnswer | null {
  try {
    return answerSchema.parse(JSON.parse(text))
  } catch {
    // Absent, cut off, or of another version: asked anew, and replaced.
    return null
  }
}

/** By a rename: who reads meanwhile finds the file whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  try {
    const part = await newPart(path)
    await writeFile(part.path, text)
      .then(() => rename(part.path, path))
      .catch(() => rm(part.path, { force: true }))
  } catch {
    return
  }
}
