import { type Calibration, calibrationReference } from '../../schemas/calibration.js'
import { boxSizes } from '../../schemas/geometry.js'
import type { CalibratedRun } from '../run/calibrate-run.js'
import { columns } from './format-text.js'

/** A calibration for a person: its annotators, the rules that go with it, and what it changes. */
export function calibrationText(
  calibration: Calibration,
  { before, after }: Pick<CalibratedRun, 'before' | 'after'>,
): string {
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
    ...unheardText(sources),
    '',
    `rules: ${Object.entries(rules)
      .map(([key, value]) => `${key} ${value}`)
      .join(', ')}`,
    '',
    columns([
      ['on these very images', 'AP of the fused boxes', 'regions: precision', 'recall', 'F1'],
      figureRow('before', before),
      figureRow('after', after),
    ]),
    'these are the images of the fit: expect less of others',
  ].join('\n')
}

/** Annotators that a run with this calibration asks and does not hear. */
function unheardText(sources: Calibration['sources']): string[] {
  const unheard = Object.entries(sources).flatMap(([name, { weight }]) => (weight === 0 ? [name] : []))
  return unheard.length === 0 ? [] : [`weight 0, not heard in the vote: ${unheard.join(', ')}`]
}

function figureRow(name: string, { ap, regions: { precision, recall, f1 } }: CalibratedRun['after']): string[] {
  return [name, ...[ap, precision, recall, f1].map((value) => figure(value, 3))]
}

function figure(value: number | null, digits: number): string {
  return value === null ? '-' : value.toFixed(digits)
}
