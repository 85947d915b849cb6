import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { describeWithReference, referencePath } from '../reference-data.js'
import { fld } from './fld-process.js'

const text = '</s><s>cat<loc_15><loc_41><loc_312><loc_374></s>'
const parsed = { '<OD>': { bboxes: [[9.92, 19.92, 200, 179.76]], labels: ['cat'] } }

test('parse: the text of an answer as the reference returns it, the task with brackets or without', async () => {
  for (const task of ['OD', '<OD>']) {
    const ended = await fld(['florence2', 'parse', '--task', task, '--size', '640x480', '--text', text, '--json'])
    expect(ended.code, ended.stderr).toBe(0)
    expect(JSON.parse(ended.stdout)).toEqual(parsed)
  }
})

test('parse --text -: from standard input', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'florence2', 'parse', '--task', 'OD', '--size', '640x480']
  const child = spawn(process.execPath, [...args, '--text', '-'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  let stdout = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stdin.end(text)
  await once(child, 'close')
  expect(JSON.parse(stdout)).toEqual(parsed)
})

test('quantise and dequantise, by both spellings', async () => {
  const there = await fld(['florence2', 'quantise', '--size', '640x480', '10,20,200,180', '0,0,640,480', '--json'])
  const [box, whole] = there.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(box).toEqual({
    values: [10, 20, 200, 180],
    bins: [15, 41, 312, 375],
    text: '<loc_15><loc_41><loc_312><loc_375>',
  })
  expect(whole.bins).toEqual([0, 0, 999, 999])
  const plain = await fld(['florence2', 'quantize', '--size', '640x480', '10,20,200,180'])
  expect(plain.stdout).toBe('15 41 312 375  <loc_15><loc_41><loc_312><loc_375>\n')
  for (const bins of ['<loc_15><loc_41><loc_312><loc_374>', '15,41,312,374']) {
    const back = await fld(['florence2', 'dequantize', '--size', '640x480', bins])
    expect(back.stdout).toBe('9.92 19.92 200 179.76\n')
  }
})

test('prompt: a region in pixels becomes location tokens', async () => {
  const od = await fld(['florence2', 'prompt', '--task', 'OD'])
  expect(od.stdout).toBe('Locate the objects with category name in the image.\n')
  const args = ['florence2', 'prompt', '--task', 'REGION_TO_OCR', '--size', '640x480']
  const region = await fld([...args, '--input', '10,20,200,180', '--json'])
  const input = '<loc_15><loc_41><loc_312><loc_375>'
  expect(JSON.parse(region.stdout)).toEqual({
    task: 'REGION_TO_OCR',
    input,
    prompt: `What text is in the region ${input}?`,
  })
})

describe('usage', () => {
  const size = ['--size', '640x480']
  test.each([
    ['an unknown task', ['prompt', '--task', 'ODD'], /CAPTION, .*REGION_TO_OCR/s],
    ['a size that is none', ['parse', '--task', 'OD', '--text', 'a', '--size', '640'], /width and height.*640x480/],
    ['no size where one is needed', ['parse', '--task', 'OD', '--text', text], /size/],
    ['a word among numbers', ['quantise', ...size, '10,twenty'], /"twenty" of "10,twenty" is no number/],
    ['an odd count', ['quantise', ...size, '1,2,3'], /1,2,3: 3 numbers are no pairs/],
    ['a bin that is none', ['dequantise', ...size, '1.5,2'], /bins are whole numbers/],
    ['an input that no task takes', ['prompt', '--task', 'OD', '--input', 'cat'], /no input is taken by OD/],
    ['no input where one is needed', ['prompt', '--task', 'REGION_TO_OCR'], /REGION_TO_OCR/],
    ['pixels of an unknown image', ['prompt', '--task', 'REGION_TO_OCR', '--input', '1,2,3,4'], /--size/],
    ['a box inside out', ['prompt', '--task', 'REGION_TO_OCR', '--input', '3,2,1,4', ...size], /x2 > x1/],
  ])('%s: exit code 2 and a sentence', async (_, args, message) => {
    const ended = await fld(['florence2', ...args])
    expect(ended, ended.stderr).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })

  test('--help shows examples', async () => {
    expect((await fld(['florence2', '--help'])).stdout).toMatch(/Examples:\n/)
  })
})

interface PostprocessCase {
  readonly id: string
  readonly task: string
  readonly imageSize: [number, number] | null
  readonly text: string
  readonly hfFloat: Record<string, unknown> & { error?: string }
}

describeWithReference('parse, beside the reference', ['golden/florence2/postprocess.json'], () => {
  test('one case in twenty, every one that is refused, and the marker of no task', async () => {
    const { cases } = JSON.parse(await readFile(referencePath('golden/florence2/postprocess.json'), 'utf8'))
    const given = cases as PostprocessCase[]
    const chosen = given.filter(
      ({ hfFloat, task }, index) => hfFloat.error !== undefined || task === '<UNKNOWN_TASK>' || index % 20 === 0,
    )
    expect(chosen.filter(({ hfFloat }) => hfFloat.error !== undefined).length).toBeGreaterThan(2)
    for (const { id, task, imageSize, text: generated, hfFloat } of chosen) {
      const size = imageSize === null ? [] : ['--size', imageSize.join('x')]
      const ended = await fld(['florence2', 'parse', '--task', task, ...size, `--text=${generated}`])
      if (hfFloat.error !== undefined) expect(ended, id).toMatchObject({ code: 2, stdout: '' })
      else expectAlike(JSON.parse(ended.stdout), hfFloat, `${id}: ${ended.stderr}`)
    }
  }, 180_000)
})

/** The reference computes in float32: numbers to 0.005 pixels, all else exactly. */
function expectAlike(given: unknown, reference: unknown, id: string): void {
  expect(withoutNumbers(given), id).toEqual(withoutNumbers(reference))
  const expected = numbersOf(reference)
  for (const [index, value] of numbersOf(given).entries()) expect(value, id).toBeCloseTo(expected[index] ?? NaN, 2)
}

function withoutNumbers(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, each) => (typeof each === 'number' ? 0 : each))
}

function numbersOf(value: unknown): number[] {
  const found: number[] = []
  JSON.stringify(value, (_, each) => {
    if (typeof each === 'number') found.push(each)
    return each
  })
  return found
}
