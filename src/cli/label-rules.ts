import type { ConsensusConfig } from '../../schemas/consensus-config.js'
import { entryVocabulary } from '../../schemas/entry-vocabulary.js'
import { FldError } from '../../schemas/errors.js'
import type { RunPlan } from '../../schemas/run.js'
import { canonicalLabel, canonicalLabels, isKnownLabel } from '../../schemas/vocabularies/index.js'
import { nearestNames } from './nearest-labels.js'

/**
 * Refuses rules for labels that no region can have: a rule is found by the canonical name, so that one under another name
 * would be passed over in silence. Names that annotators of the run bring themselves may have one. `known` are labels that
 * the run which is decided again has rules for, as they are. Throws FldError `config_invalid` with the nearest labels.
 */
export function checkLabelRules(
  { annotators, pipeline }: Pick<RunPlan, 'annotators' | 'pipeline'>,
  known: ConsensusConfig['label_rules'] = {},
): void {
  const own = new Set(annotators.flatMap(({ entry }) => canonicalLabels(entryVocabulary(entry) ?? [])))
  for (const label of Object.keys(pipeline.consensus.label_rules)) {
    const name = canonicalLabel(label)
    const isName = isKnownLabel(name) || own.has(name)
    if (label in known || (isName && name === label)) continue
    const fault = isName ? `"${label}" goes by the name "${name}": write the rule for that` : strangeLabel(label)
    throw new FldError('config_invalid', `consensus.label_rules: ${fault}`, { details: { label } })
  }
}

function strangeLabel(label: string): string {
  const near = [...new Set(nearestNames(label).map((each) => each.label))].map((each) => `"${each}"`)
  const hint = near.length === 0 ? 'nothing is near' : `nearest: ${near.join(', ')}`
  return `the label table has no "${label}", nor has the vocabulary of an annotator of the run; ${hint} (fld vocabulary show <label>)`
}
