import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countedFeedOptions } from '../../src/cli/token-counter.js'
import { atMostTokens } from '../../src/feed/samples/count-tokens.js'
import { describeWithReference, referencePath } from '../reference-data.js'

const flags = {
  ...{ seed: 0, splits: ['train' as const], tasks: {}, granularities: {} },
  ...{ maxPromptTokens: 447, maxTargetTokens: 1024 },
}

test('without a tokenizer, options have none and tokens are counted safely', async () => {
  expect(await countedFeedOptions(flags)).toEqual({ options: expect.objectContaining({ tokenizer: null }) })
})

test('a folder without a tokenizer is refused by its name', async () => {
  const tokenizer = join(tmpdir(), 'fld-no-tokenizer')
  await expect(countedFeedOptions({ ...flags, tokenizer })).rejects.toMatchObject({
    code: 'config_invalid',
    message: expect.stringContaining(`--tokenizer ${tokenizer}: `),
  })
})

describeWithReference("with Florence-2's tokenizer", ['golden/florence2/tiny/tokenizer.json'], () => {
  const counted = () => countedFeedOptions({ ...flags, tokenizer: referencePath('golden/florence2/tiny') })
  /** Of a folder that has one, it is always there. */
  async function exact(): Promise<(text: string) => number> {
    const { countTokens } = await counted()
    if (countTokens === undefined) throw new Error('no tokenizer was read')
    return countTokens
  }

  test('tokens are counted as the model has them, locations as one each, and options name the tokenizer', async () => {
    const count = await exact()
    expect((await counted()).options.tokenizer).toMatch(/^[0-9a-f]{16}$/)
    expect(count('What does the image describe?')).toBe(8)
    expect(count('cat<loc_0><loc_1><loc_500><loc_999>')).toBe(2 + 1 + 4)
    expect(count('<poly><loc_1><loc_2><sep><loc_3></poly>')).toBe(2 + 6)
  })

  test('the safe count is never too few', async () => {
    const count = await exact()
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('<loc_12>', '<sep>', 'a cat', ' 猫', '\u{1F600}'),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join('')
        expect(atMostTokens(text)).toBeGreaterThanOrEqual(count(text))
      }),
    )
  })
})
