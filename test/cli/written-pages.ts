import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { renderText } from '../../src/cli/overlay-text.js'

const words = [
  'NORTH GATE',
  'OPEN DAILY',
  'PLATFORM 9',
  'FRESH BREAD',
  'MIND THE STEP',
  'CITY LIBRARY',
  'TICKETS',
  'EXIT',
]

/** Makes pictures that the OCR annotator can read: page n says `words[n]` and its number. */
export async function writePages(folder: string, count: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let page = 0; page < count; page += 1) {
    const text = await renderText(`${words[page % words.length]} ${page + 10}`, { size: 36, colour: '#102030' })
    const paper = sharp({
      create: { width: 480, height: 240, channels: 3, background: { r: 250, g: 246, b: 230 - page } },
    })
    const picture = paper.composite([{ input: text.png, left: 40 + page, top: 90 }])
    await writeFile(join(folder, `page-${String(page).padStart(2, '0')}.png`), await picture.png().toBuffer())
  }
}
