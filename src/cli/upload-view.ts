import type { UploadProgress } from '../rounds/index.js'
import { byteSize } from './format-text.js'

const saidEveryMs = 5_000

/** Reports a file when it begins to be uploaded, every few seconds on the way, and what needs no upload. */
export function uploadReporter(output: NodeJS.WriteStream = process.stderr): (progress: UploadProgress) => void {
  let saidAt = 0
  return ({ file, sentBytes, totalBytes, reused }) => {
    const now = Date.now()
    if (reused) output.write(`  ${file}: in the store already\n`)
    else if (sentBytes === 0) output.write(`  uploading ${file} (${byteSize(totalBytes)})\n`)
    else if (sentBytes === totalBytes) output.write(`  ${file}: ${byteSize(totalBytes)} sent\n`)
    else if (now - saidAt < saidEveryMs) return
    else output.write(`  ${file}: ${byteSize(sentBytes)} of ${byteSize(totalBytes)}\n`)
    saidAt = now
  }
}
