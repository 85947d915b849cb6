import { expect, test } from 'vitest'
import { consensusConfigSchema } from '../../schemas/consensus-config.js'
import { command } from '../../src/cli/replay.js'
import { replayRules } from '../../src/cli/replay-rules.js'

test('every rule that the help sets can be set', () => {
  let help = ''
  command()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp()
  const sets = [...help.matchAll(/--set (consensus\.\S+=\S+)/g)].flatMap(([, set]) => set ?? [])
  expect(sets.length).toBeGreaterThan(1)
  const rules = replayRules(consensusConfigSchema.parse({}), sets)
  expect(rules).toMatchObject({ label_rules: { person: { solo_score: 0.7 } } })
})
