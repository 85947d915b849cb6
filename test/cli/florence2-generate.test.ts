import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithReference, referencePath } from '../reference-data.js'
import { fld } from './fld-process.js'

interface GoldenCase {
  readonly task: string
  readonly input: string
  readonly prompt: string
  readonly greedy: { readonly ids: number[]; readonly text: string; readonly stable: boolean }
  readonly beam3: { readonly ids: number[]; readonly score: number; readonly stable: boolean }
}

describeWithReference('florence2 generate', ['golden/florence2/cases.json'], () => {
  const checkpoint = referencePath('golden/florence2/tiny')
  let folder: string
  let image: string
  let cases: GoldenCase[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fld-florence2-'))
    const { images } = JSON.parse(await readFile(referencePath('golden/florence2/cases.json'), 'utf8'))
    const [scene] = images
    cases = scene.results
    image = join(folder, 'scene.png')
    // As Pillow resamples it, so that the model is compared and not the resampler; regions are location tokens.
    await cp(referencePath(`golden/florence2/${scene.resized.file}`), image)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const asked = (...args: string[]) => fld(['florence2', 'generate', checkpoint, '--max-new-tokens', '64', ...args])
  const linesOf = (stdout: string) =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  const goldenOf = (task: string) => cases.find((one) => one.task === `<${task}>`) ?? expect.fail(`no case of ${task}`)

  test('all tasks without an input, greedy: the ids and texts of the reference', async () => {
    const ended = await asked('--images', image, '--task', 'all', '--beams', '1', '--json')
    expect(ended.code, ended.stderr).toBe(0)
    const lines = linesOf(ended.stdout)
    expect(lines.map(({ task }) => task)).toEqual([
      'CAPTION',
      'DETAILED_CAPTION',
      'MORE_DETAILED_CAPTION',
      'OCR',
      'OCR_WITH_REGION',
      'OD',
      'DENSE_REGION_CAPTION',
      'REGION_PROPOSAL',
    ])
    const stable = lines.filter(({ task }) => goldenOf(task).greedy.stable)
    expect(stable.length).toBeGreaterThan(5)
    for (const { task, prompt, ids, text, logProbs } of stable) {
      const { greedy, prompt: expected } = goldenOf(task)
      expect({ task, prompt, ids, text }).toEqual({ task, prompt: expected, ids: greedy.ids, text: greedy.text })
      expect(logProbs).toHaveLength(ids.length)
    }
  })

  test('beams as generation_config.json has them, several tasks and an input for those that take one', async () => {
    const { input } = goldenOf('CAPTION_TO_PHRASE_GROUNDING')
    const tasks = ['<CAPTION_TO_PHRASE_GROUNDING>', 'OD', 'CAPTION']
    const ended = await asked('--images', image, '--task', ...tasks, '--input', input, '--json')
    expect(ended.code, ended.stderr).toBe(0)
    const lines = linesOf(ended.stdout)
    expect(lines.map((line) => line.input)).toEqual([input, null, null])
    for (const { task, ids, score, answer, boxScores } of lines) {
      const { beam3 } = goldenOf(task)
      if (beam3.stable) expect({ task, ids }).toEqual({ task, ids: beam3.ids })
      if (beam3.stable) expect(score).toBeCloseTo(beam3.score, 2)
      expect(Object.keys(answer)).toEqual([`<${task}>`])
      if (task !== 'CAPTION') expect(boxScores).toHaveLength(answer[`<${task}>`].bboxes.length)
    }
  })

  test('--no-repeat-ngram-size 0 and a short limit are heard; without --json a text for people', async () => {
    const args = ['--images', image, '--task', 'CAPTION', '--beams', '1', '--max-new-tokens', '5']
    const ended = await asked(...args, '--no-repeat-ngram-size', '0', '--json')
    const [{ ids }] = linesOf(ended.stdout)
    expect(ids).toEqual([...goldenOf('CAPTION').greedy.ids.slice(0, 5), 2])
    const shown = await asked(...args)
    expect(shown.stdout).toMatch(/^.*scene\.png {2}CAPTION\n {2}\S/)
  })

  test('a file that is no image has its line and exit code 3, the others are answered', async () => {
    const broken = join(folder, 'broken.png')
    await writeFile(broken, 'no picture')
    const ended = await asked('--images', broken, image, '--task', 'OD', '--beams', '1', '--json')
    expect(ended.code, ended.stderr).toBe(3)
    expect(linesOf(ended.stdout)).toMatchObject([
      { image: broken, width: null, height: null, failure: expect.stringContaining('cannot be decoded') },
      { image, width: 192, height: 192, failure: null, task: 'OD' },
    ])
  })

  test('a checkpoint of a store, by its version and by what is current', async () => {
    const out = join(folder, 'store')
    const args = ['tiny', '--out', out, '--task', 'OD', '--beams', '1', '--max-new-tokens', '64']
    expect(await fld(['checkpoint', 'add', checkpoint, '--name', 'tiny', '--out', out])).toMatchObject({ code: 0 })
    const cache = { FLD_CACHE: join(folder, 'cache') }
    const early = await fld(['florence2', 'generate', ...args, '--images', image], cache)
    expect(early).toMatchObject({ code: 2, stderr: expect.stringMatching(/promote/) })
    const first = await fld(['florence2', 'generate', 'tiny@1', ...args.slice(1), '--images', image, '--json'], cache)
    expect(first.code, first.stderr).toBe(0)
    expect(linesOf(first.stdout)[0].ids).toEqual(goldenOf('OD').greedy.ids)
    expect(await fld(['checkpoint', 'promote', 'tiny@1', '--out', out])).toMatchObject({ code: 0 })
    const current = await fld(['florence2', 'generate', ...args, '--images', image, '--json'], cache)
    expect(current, current.stderr).toMatchObject({ code: 0, stdout: first.stdout })
  }, 60_000)

  test.each([
    ['no such checkpoint', ['nowhere', '--task', 'OD', '--out', 'test/cli'], /no checkpoint.*nowhere/],
    ['no such entry', ['starter/nowhere', '--task', 'OD'], /has no entry "nowhere"/],
    ['a folder without one', ['test', '--task', 'OD'], /config\.json/],
    ['an unknown task', [checkpoint, '--task', 'ODD'], /ODD/],
    ['a dtype that is not there', [checkpoint, '--task', 'OD', '--dtype', 'fp16'], /no fp16.*it has: fp32/],
    ['a dtype that is none', [checkpoint, '--task', 'OD', '--dtype', 'fp8'], /fp32, fp16/],
    ['beams out of range', [checkpoint, '--task', 'OD', '--beams', '0'], /whole number from 1 to 64/],
    ['a word for --early-stopping', [checkpoint, '--task', 'OD', '--early-stopping', 'soon'], /true, false or never/],
    ['no input', [checkpoint, '--task', 'REGION_TO_OCR'], /REGION_TO_OCR/],
  ])('%s: exit code 2 and a sentence', async (_, args, message) => {
    const ended = await fld(['florence2', 'generate', ...args, '--images', image])
    expect(ended, ended.stderr).toMatchObject({ code: 2, stderr: expect.stringMatching(message) })
  })
})
