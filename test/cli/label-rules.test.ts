import { expect, test } from 'vitest'
import { pipelineSchema } from '../../schemas/pipeline.js'
import { type PlannedAnnotator, plannedAnnotatorSchema } from '../../schemas/run.js'
import { checkLabelRules } from '../../src/cli/label-rules.js'

function planOf(...labels: string[]) {
  const entry = { name: 'own', annotator: 'detect', family: 'f', licence: 'MIT', vocabulary: ['Widget', 'person'] }
  const annotators: PlannedAnnotator[] = [
    plannedAnnotatorSchema.parse({
      ...{ name: 'own', use: 'mine/own', required: true, stage: 's', resource: 'cpu', needs: 'image' },
      ...{ digest: 'd', entry },
    }),
  ]
  const label_rules = Object.fromEntries(labels.map((label) => [label, { min_votes: 3 }]))
  const stages = [{ name: 's', annotators: ['mine/own'] }]
  return { annotators, pipeline: pipelineSchema.parse({ name: 'p', stages, consensus: { label_rules } }) }
}

test('rules are for labels of the table, and for those that annotators of the run bring', () => {
  expect(() => checkLabelRules(planOf('person', 'widget'))).not.toThrow()
})

test('others are refused, with the nearest labels or the name that a label goes by', () => {
  expect(() => checkLabelRules(planOf('person', 'persn'))).toThrow(/table has no "persn".*nearest: "person"/)
  expect(() => checkLabelRules(planOf('qqqqqqqq'))).toThrow(/nothing is near/)
  expect(() => checkLabelRules(planOf('Widget'))).toThrow(/"Widget" goes by the name "widget"/)
  expect(() => checkLabelRules(planOf('sofa'))).toThrow(/"sofa" goes by the name "couch": write the rule for that/)
})

test('a replay keeps those that its run was decided with', () => {
  const plan = planOf('persn')
  expect(() => checkLabelRules(plan, plan.pipeline.consensus.label_rules)).not.toThrow()
})
