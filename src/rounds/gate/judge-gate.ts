import type { GateImages, GateMeasures, GateRules } from '../../../schemas/gate.js'

const measures = ['objects', 'captions', 'phrases'] as const
type Measure = (typeof measures)[number]

const names: Readonly<Record<Measure, string>> = {
  objects: 'AP of objects',
  captions: 'CIDEr-D of brief captions',
  phrases: 'share of phrases grounded',
}

/** Two checkpoints over the same images. */
export interface Comparison {
  readonly version: GateMeasures
  readonly against: GateMeasures
  /** How many images each measure stands on. */
  readonly measured_on: GateImages
}

/**
 * Why a checkpoint may not take the place of another, a sentence each; none where it is worse in nothing by more than the
 * rules let pass. Where no measure stands on enough images, or both are at the bottom of each, it may not: nobody knows what
 * it does, and a damaged one would look no worse.
 */
export function judgeGate({ version, against, measured_on }: Comparison, rules: GateRules): string[] {
  const known = measures.filter((measure) => version[measure] !== null && against[measure] !== null)
  const enough = known.filter((measure) => measured_on[measure] >= rules.min_images)
  if (enough.length === 0) return [tooLittle(known, measured_on, rules)]
  const telling = enough.filter((measure) => version[measure] !== 0 || against[measure] !== 0)
  if (telling.length === 0) return [`both are 0 in ${list(enough)}: these images cannot tell them apart`]
  const worse = telling.flatMap((measure) => {
    const [is, was] = [version[measure] ?? 0, against[measure] ?? 0]
    if (was - is <= rules[measure]) return []
    return [
      `${names[measure]}: ${is.toFixed(4)}, and ${was.toFixed(4)} of the other; ${rules[measure]} less is let pass`,
    ]
  })
  const failed = version.failed - against.failed
  return failed > 0 ? [...worse, `it could not process ${failed} images that the other could`] : worse
}

function tooLittle(known: readonly Measure[], images: GateImages, rules: GateRules): string {
  if (known.length === 0) return 'nothing could be measured: the run has neither labels nor rows for these images'
  const on = known.map((measure) => `${names[measure]} on ${images[measure]}`).join(', ')
  return `too few held-out images: ${on}, and ${rules.min_images} are asked for (about 2 images in 100 are held out; --set gate.min_images=n asks for fewer)`
}

function list(which: readonly Measure[]): string {
  return which.map((measure) => names[measure]).join(', ')
}
