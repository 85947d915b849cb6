import type { GateMeasures, GateRules } from '../../../schemas/gate.js'

const measures = ['objects', 'captions', 'phrases'] as const

const names: Readonly<Record<(typeof measures)[number], string>> = {
  objects: 'AP of objects',
  captions: 'CIDEr-D of brief captions',
  phrases: 'share of phrases grounded',
}

/**
 * Why a checkpoint may not take the place of another, a sentence each; none where it is worse in nothing by more than the
 * rules let pass. Where nothing could be measured it may not: nobody knows what it does.
 */
export function judgeGate(
  { version, against }: { readonly version: GateMeasures; readonly against: GateMeasures },
  { rules, images }: { readonly rules: GateRules; readonly images: number },
): string[] {
  if (images < rules.min_images)
    return [`${images} held-out images are fewer than the ${rules.min_images} that are asked for`]
  const known = measures.filter((measure) => version[measure] !== null && against[measure] !== null)
  if (known.length === 0) return ['nothing could be measured: the run has neither labels nor rows for these images']
  const worse = known.flatMap((measure) => {
    const [is, was] = [version[measure] ?? 0, against[measure] ?? 0]
    if (was - is <= rules[measure]) return []
    return [
      `${names[measure]}: ${is.toFixed(4)}, and ${was.toFixed(4)} of the current one; ${rules[measure]} less is let pass`,
    ]
  })
  const failed = version.failed - against.failed
  return failed > 0 ? [...worse, `it could not process ${failed} images that the current one could`] : worse
}
