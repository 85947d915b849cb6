import { type Calibration, calibrationReference } from '../../schemas/calibration.js'
import { boxSizes } from '../../schemas/geometry.js'
import type { CalibratedRun } from '../run/calibrate-run.js'
import { columns } from './format-text.js'

/** A calibration for a person: its annotators, then the rules that go with it. */
export function calibrationText(calibration: Calibration, { precision, recall, f1 }: CalibratedRun['reached']): string {
  const { fitted_on, method, target, rules, sources } = calibration
  const chosen = fitted_on.chosen === null ? '' : ` (${fitted_on.chosen})`
  const rows = Object.entries(sources).map(([name, source]) => [
    name,
    ...[source.detections, source.hits, figure(source.ap, 3), figure(source.ece_before, 4)],
    ...[figure(source.ece_after, 4), figure(source.weight, 3)],
    boxSizes.filter((size) => source.calibration_by_size[size] !== undefined).join(' ') || '-',
  ])
  const heads = ['annotator', 'boxes', 'hits', 'AP', 'ECE raw', 'ECE held out', 'weight', 'own curves for']
  return [
    `${calibrationReference(calibration)}: ${method} curves to ${target}, fitted on ${fitted_on.images} images with ${fitted_on.boxes} boxes of ${fitted_on.truth}${chosen}`,
    '',
    columns([heads, ...rows]),
    '',
    `rules: ${Object.entries(rules)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`,
    `regions on these very images: precision ${figure(precision, 3)}, recall ${figure(recall, 3)}, F1 ${figure(f1, 3)}; expect less of others`,
  ].join('\n')
}

function figure(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits)
}
