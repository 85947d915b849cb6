import { checkpointLabel } from '../../schemas/annotator-use.js'
import type { GateImages, GateMeasures, GateRecord } from '../../schemas/gate.js'
import { columns } from './format-text.js'

/** What the gate found, for people. */
export function gateText(record: GateRecord, key: string): string {
  const { name, version, against, measured, basis, measured_on, images, passed, reasons } = record
  const row = (what: string, of: keyof GateImages, from: string) => [
    ...[what, figure(measured.version[of]), figure(measured.against[of]), from, measured_on[of]],
  ]
  const label = checkpointLabel(name, version)
  const failed = (of: GateMeasures) => String(of.failed)
  const table = columns([
    ['', label, checkpointLabel(name, against), 'held against', 'images'],
    row('AP of objects', 'objects', basis.objects),
    row('CIDEr-D of brief captions', 'captions', basis.captions),
    row('phrases grounded', 'phrases', 'agreement'),
    ['images failed', failed(measured.version), failed(measured.against), '', images],
  ])
  const verdict = passed ? `passes: fld checkpoint promote ${label}` : `does not pass: ${reasons.join('; ')}`
  return `${table}\n${label} ${verdict}\nkept: ${key}`
}

function figure(value: number | null): string {
  return value === null ? '-' : value.toFixed(4)
}
