import type { AgreedRegion } from '../../schemas/annotation.js'
import { boxLocations } from '../../schemas/florence2/quantizer.js'
import type { Observation } from '../../schemas/observation.js'
import { labelPhrase } from '../../schemas/vocabularies/index.js'
import type { GeneratedAnswer } from './florence2.js'
import type { RegionOptions } from './options.js'
import { boxInImage, quadInImage, quadOfBox } from './place-in-image.js'
import { type AskedImage, florence2Image, plainAnswer, type Question, rejected } from './question.js'
import { regionMask } from './region-mask.js'
import { saidText } from './said-text.js'

type RegionTask = RegionOptions['tasks'][number]

/** Which regions a task is about. */
const kinds: Readonly<Record<RegionTask, AgreedRegion['kind']>> = {
  REGION_TO_SEGMENTATION: 'object',
  REGION_TO_CATEGORY: 'object',
  REGION_TO_DESCRIPTION: 'object',
  REGION_TO_OCR: 'text',
  REFERRING_EXPRESSION_SEGMENTATION: 'object',
}

/** What is asked about the agreed regions of an image: task by task, the regions of the highest scores first. */
export function regionQuestions(image: AskedImage, options: RegionOptions): Question[] {
  const asked = florence2Image(image)
  return options.tasks.flatMap((task) =>
    regionsFor(task, image, options).map((region) => {
      const box = boxInImage(region.box, image) ?? region.box
      const input =
        task === 'REFERRING_EXPRESSION_SEGMENTATION' ? labelPhrase(region.label.trim()) : boxLocations(box, image)
      const request = { image: asked, task, input }
      return { request, observe: (generated: GeneratedAnswer) => observeRegion(task, region, { request }, generated) }
    }),
  )
}

function regionsFor(
  task: RegionTask,
  { regions, width, height }: AskedImage,
  { max_regions, min_side }: RegionOptions,
): AgreedRegion[] {
  const distinct = [...new Map(regions.map((region) => [region.region_id, region])).values()]
  return distinct
    .filter(({ kind }) => kind === kinds[task])
    .filter(({ label }, _, ofKind) => task !== 'REFERRING_EXPRESSION_SEGMENTATION' || isUnambiguous(label, ofKind))
    .filter(({ box }) => {
      const inside = boxInImage(box, { width, height })
      return inside !== null && Math.min(inside[2] - inside[0], inside[3] - inside[1]) >= min_side
    })
    .sort((one, other) => other.score - one.score || (one.region_id < other.region_id ? -1 : 1))
    .slice(0, max_regions)
}

/** Whether a label can refer to its region: no other object of the image, however small, has it. */
function isUnambiguous(label: string, objects: readonly AgreedRegion[]): boolean {
  const name = label.trim().toLowerCase()
  return name !== '' && objects.filter((other) => other.label.trim().toLowerCase() === name).length === 1
}

function observeRegion(
  task: RegionTask,
  region: AgreedRegion,
  question: Pick<Question, 'request'>,
  generated: GeneratedAnswer,
): Observation[] {
  const { region_id } = region
  switch (task) {
    case 'REGION_TO_CATEGORY':
    case 'REGION_TO_DESCRIPTION':
      return saidText(question, generated, { region_id }, (text, score) => {
        return { kind: 'region_caption', region_id, text, score }
      })
    case 'REGION_TO_OCR':
      return readRegion(region, question, generated)
    case 'REGION_TO_SEGMENTATION':
    case 'REFERRING_EXPRESSION_SEGMENTATION':
      return maskOrReject(region_id, question, generated)
  }
}

/** What was read in a region is where the region is: its place was given, so it is as sure as the region. */
function readRegion(
  region: AgreedRegion,
  question: Pick<Question, 'request'>,
  generated: GeneratedAnswer,
): Observation[] {
  const place = quadInImage(region.quad ?? quadOfBox(region.box), question.request.image)
  if (place === null) return []
  const box_score = Math.min(1, Math.max(0, region.score))
  return saidText(question, generated, { region_id: region.region_id }, (text, score) => {
    return { kind: 'text_region', text, score, box_score, ...place }
  })
}

/** An outline was asked for: an answer without one, even a silent one, is a reject. */
function maskOrReject(
  region_id: string,
  question: Pick<Question, 'request'>,
  generated: GeneratedAnswer,
): Observation[] {
  const instances = generated.answer.kind === 'polygons' ? generated.answer.instances : []
  const mask = regionMask(region_id, { generated, instances }, question.request.image)
  if (mask !== null) return [mask]
  const polygons = instances.reduce((sum, each) => sum + each.polygons.length, 0)
  const failed = { polygons, pixels: 0 }
  return [rejected(question, { text: plainAnswer(generated), reason: 'malformed', region_id, failed })]
}
