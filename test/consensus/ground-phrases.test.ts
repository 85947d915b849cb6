import { expect, it } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import type { CaptionObservation } from '../../schemas/observation.js'
import { groundPhrases } from '../../src/consensus/phrases/ground-phrases.js'
import { decideTexts } from '../../src/consensus/texts/decide-texts.js'
import { image, source } from './sources.js'

it('a phrase that falls has the votes of those who wrote its text, family by family', () => {
  const config = consensusConfigSchema.parse({})
  const said = (text: string, score: number): CaptionObservation => {
    const phrases = [{ start: 0, end: 5, region_ids: ['elsewhere'] }]
    return { kind: 'caption', granularity: 'brief', text, score, phrases }
  }
  const writer = (name: string, family: string, what: CaptionObservation) =>
    source(name, [what], { family, vocabulary: null })
  const sources = [
    writer('large', 'florence', said('A cat sits on the red chair.', 0.9)),
    writer('base', 'florence', said('A cat sits on the red chair.', 0.8)),
    writer('other', 'blip', said('A cat sits on a red chair.', 0.4)),
  ]
  const [text] = decideTexts({ image, sources, config, regions: null }).texts
  expect(text?.support).toEqual(['base', 'large', 'other'])
  const families = new Map(sources.map(({ annotator, family }) => [annotator, family]))
  const rejects = text && groundPhrases(text, new Map(), config, families).rejects
  expect(rejects).toMatchObject([{ reason: 'region_not_agreed', support: ['base', 'large'], votes: 1 }])
})
