import type { AgreedRegion } from '../../schemas/annotation.js'
import { FldError } from '../../schemas/errors.js'
import type { Observation } from '../../schemas/observation.js'
import { canonicalLabel, vocabularyOf, wider } from '../../schemas/vocabularies/index.js'
import type { Annotator, AnnotatorInput, LoadContext } from '../../src/annotate/contract.js'
import { onlyGraph } from '../../src/models/entry-file.js'
import type { Raster } from '../../src/models/pixels/raster.js'
import type { PixelSize } from '../../src/models/pixels/resize.js'
import type { ModelSession, Tensor } from '../../src/models/sessions/tensor.js'
import { severalAtOnce } from '../../src/models/several-at-once.js'
import { orAborted } from '../../src/storage/abort.js'
import type { ClassGrid } from './class-field.js'
import { classMask } from './class-mask.js'
import { type MaskFrame, paddedFrame, stretchedFrame } from './mask-frame.js'
import { maskObservation } from './mask-observation.js'
import type { SemanticOptions } from './options.js'
import { boxInView, maskInImage, viewAround, viewRaster } from './region-view.js'
import { regionsToMask } from './regions-to-mask.js'
import type { PixelRange } from './score-field.js'
import { type SemanticInput, semanticInput } from './semantic-input.js'

interface Semantic {
  readonly session: ModelSession
  readonly input: SemanticInput
  /** Class by canonical label. */
  readonly classes: ReadonlyMap<string, number>
  readonly labels: number
  readonly options: SemanticOptions
}

/**
 * Loads a semantic segmenter: one .onnx file that gives each pixel a logit for each class of the vocabulary (DeepLab: Chen
 * et al. 2018, arXiv 1802.02611). It masks the regions whose label is one of its classes. Throws FldError `model_invalid`,
 * and `config_invalid` without a vocabulary.
 */
export async function loadSemantic(context: LoadContext<SemanticOptions>): Promise<Annotator> {
  const { options, files, vocabulary, sessions } = context
  if (vocabulary === null || vocabulary.length < 2) {
    throw new FldError(
      'config_invalid',
      'a semantic segmenter needs a vocabulary: its classes in order, background included',
    )
  }
  const session = await sessions.open(onlyGraph(files))
  const semantic: Semantic = {
    session,
    input: semanticInput(session, options.input),
    classes: new Map(vocabulary.map((label, index) => [canonicalLabel(label, vocabularyOf(vocabulary)), index])),
    labels: vocabulary.length,
    options,
  }
  const most = sessions.concurrency + 1
  return {
    annotate: (batch, { signal }) =>
      severalAtOnce(batch, { most, signal, action: 'masking regions' }, (image, either) =>
        maskRegions(semantic, image, either),
      ),
    // The session belongs to the host, which closes it.
    dispose: async () => {},
  }
}

async function maskRegions(semantic: Semantic, image: AnnotatorInput, signal: AbortSignal): Promise<Observation[]> {
  const { classes, options } = semantic
  const regions = regionsToMask(image.regions, options).flatMap((region) => {
    // A man is a person to a model that knows no men.
    const label = canonicalLabel(region.label)
    const own = [label, ...wider(label)].map((each) => classes.get(each)).find((each) => each !== undefined)
    return own === undefined ? [] : [{ ...region, own }]
  })
  if (regions.length === 0) return []
  const raster = await orAborted(image.pixels(), signal, 'decoding an image')
  const observations: Observation[] = []
  for (const { view, within } of viewsOf(regions, raster, options.context)) {
    const { grid, frame } = await classify(semantic, viewRaster(raster, view), signal)
    for (const { region_id, own, box } of within) {
      const found = classMask(grid, own, boxInView(box, view), frame, options.stability_offset)
      if (found === null) continue
      const mask = maskInImage(found.mask, view, raster)
      const observation = maskObservation({ ...found, region_id, mask }, options)
      if (observation !== null) observations.push(observation)
    }
  }
  return observations
}

/** What the model looks at, and which regions it is to mask there: each region for itself, or the image once for all. */
function viewsOf<R extends AgreedRegion>(
  regions: readonly R[],
  { width, height }: PixelSize,
  context: number | null,
): { readonly view: PixelRange; readonly within: readonly R[] }[] {
  if (context === null) return [{ view: { left: 0, top: 0, right: width, bottom: height }, within: regions }]
  return regions.map((region) => ({ view: viewAround(region.box, { width, height }, context), within: [region] }))
}

async function classify(
  semantic: Semantic,
  raster: Raster,
  signal: AbortSignal,
): Promise<{ readonly grid: ClassGrid; readonly frame: MaskFrame }> {
  const { size, resize } = semantic.options.input
  const { inputs, frame } = semantic.input.tensors(raster)
  const grid = classGrid(Object.values(await semantic.session.run(inputs, { signal })), semantic)
  if (resize === 'stretch') return { grid, frame: stretchedFrame(grid, raster) }
  return { grid, frame: paddedFrame(grid, { width: size, height: size }, frame) }
}

/** The model's only output, [1, classes, height, width] or, with channels last, [1, height, width, classes]. */
function classGrid([output, ...more]: readonly Tensor[], { labels, options }: Semantic): ClassGrid {
  const last = options.input.layout === 'nhwc'
  const [images, ...dims] = output?.dims ?? []
  const [classes, height, width] = last ? [dims[2], dims[0], dims[1]] : dims
  const fits = output?.type === 'float32' && more.length === 0 && dims.length === 3 && images === 1
  if (!fits || classes !== labels || height === undefined || width === undefined) {
    const wanted = last ? `[1, height, width, ${labels}]` : `[1, ${labels}, height, width]`
    throw new FldError(
      'model_invalid',
      `a semantic segmenter of ${labels} classes gives one float32 output ${wanted}; ` +
        `this model gives ${[output, ...more].map((tensor) => `${tensor?.type} [${tensor?.dims.join(', ')}]`).join(', ')}`,
    )
  }
  const strides = last
    ? { classes: 1, columns: classes, rows: classes * width }
    : { classes: height * width, columns: 1, rows: width }
  return { width, height, classes, logits: output.data, strides }
}
