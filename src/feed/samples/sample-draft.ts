import { FldError } from '../../../schemas/errors.js'
import type { FeedOptions, LeftOut, LeftOutReason, Sample } from '../../../schemas/feed.js'
import type { Florence2Answer } from '../../../schemas/florence2/answer.js'
import type { ImageSize } from '../../../schemas/florence2/quantizer.js'
import { serializeAnswer } from '../../../schemas/florence2/serialize.js'
import { type Florence2Task, taskPrompt } from '../../../schemas/florence2/tasks.js'
import type { ImageRecord } from '../../../schemas/image.js'
import type { Granularity } from '../../../schemas/observation.js'
import { type CleanLabel, cleanLabel, type LabelRule } from './clean-text.js'
import type { CountTokens } from './count-tokens.js'
import { isReadBack } from './read-back.js'

/** A part of an answer that is there whole or not at all: a box with its label, a line of text, an instance. */
export interface DraftItem {
  /** text_id or region_id. */
  readonly source: string
  /** Which goes first where not all fit: 0-1, the lowest. */
  readonly score: number
  /** Empty for instances. */
  readonly label: string
}

/** A sample before its labels are cleaned, its tokens counted and its target read back. */
export interface SampleDraft<Item extends DraftItem = DraftItem> {
  readonly task: Florence2Task
  /** What of the image it is about; empty where the image as a whole is. */
  readonly about: string
  /** Of the prompt; null where the task takes none. A region is its location tokens. */
  readonly input: string | null
  /** What the labels may be; null where the items have none. */
  readonly labels: LabelRule | null
  /** In the order in which they are answered. */
  readonly items: readonly Item[]
  readonly answer: (items: readonly Item[]) => Florence2Answer
  /** The text that it was made of beside the items, if any. */
  readonly text_id?: string
  readonly granularity?: Granularity
}

/** What samples of an image are finished with. */
export interface SampleSetting {
  readonly image: Pick<ImageRecord, 'image_id' | 'shard' | 'width' | 'height'>
  readonly options: FeedOptions
  readonly countTokens: CountTokens
}

/** A draft as a sample, null where nothing is left of it, with all that is not in it. */
export interface FinishedSample {
  readonly sample: Sample | null
  readonly left_out: readonly LeftOut[]
}

/** How often a sample of this task and granularity comes; 0 for never. */
export function weightOf(options: FeedOptions, task: Florence2Task, granularity?: Granularity): number {
  const ofText = granularity === undefined ? 1 : (options.granularities[granularity] ?? 1)
  return (options.tasks[task] ?? 1) * ofText
}

/**
 * Cleans a draft's labels, cuts it to what the model can take, item by item from the lowest score up, never within one, and
 * reads its target back: a sample whose target does not say what its rows say is none.
 */
export function finishSample<Item extends DraftItem>(draft: SampleDraft<Item>, setting: SampleSetting): FinishedSample {
  const { task } = draft
  const left_out: LeftOut[] = []
  const leave = (reason: LeftOutReason, source: string) =>
    left_out.push({ image_id: setting.image.image_id, task, reason, source })
  const items = cleanItems(draft, leave)
  const source = draft.text_id ?? draft.items[0]?.source ?? draft.about
  if (items.length === 0) return { sample: null, left_out }
  const prompt = promptOf(draft)
  if (prompt.fault !== null) leave(prompt.fault, source)
  else if (setting.countTokens(prompt.text) > setting.options.max_prompt_tokens) leave('prompt_too_long', source)
  else {
    const fitting = fittingTarget(draft, items, setting)
    for (const item of fitting.cut) leave(fitting.target === '' ? 'target_too_long' : 'cut_to_fit', item.source)
    if (fitting.target === '') return { sample: null, left_out }
    const { image } = setting
    if (isReadBack({ task, target: fitting.target, answer: draft.answer(fitting.kept) }, image)) {
      return { sample: sampleOf({ draft, prompt: prompt.text, ...fitting }, setting), left_out }
    }
    leave('not_read_back', source)
  }
  return { sample: null, left_out }
}

function cleanItems<Item extends DraftItem>(
  { items, labels }: SampleDraft<Item>,
  leave: (reason: LeftOutReason, source: string) => void,
): Item[] {
  if (labels === null) return [...items]
  return items.flatMap((item) => {
    const clean = cleanLabel(item.label, labels)
    if (clean.fault === null) return [{ ...item, label: clean.text }]
    leave(clean.fault, item.source)
    return []
  })
}

function promptOf({ task, input }: Pick<SampleDraft, 'task' | 'input'>): CleanLabel {
  if (input === null) return { text: taskPrompt(task), fault: null }
  if (task.startsWith('REGION_TO_')) return { text: taskPrompt(task, input), fault: null }
  const clean = cleanLabel(input, 'text')
  return clean.fault === null ? { text: taskPrompt(task, clean.text), fault: null } : clean
}

interface FittingTarget<Item> {
  readonly kept: readonly Item[]
  readonly cut: readonly Item[]
  /** Empty where not even the best item fits. */
  readonly target: string
}

/** As many of the best items as fit, in their order. */
function fittingTarget<Item extends DraftItem>(
  { task, answer }: SampleDraft<Item>,
  items: readonly Item[],
  { image, options, countTokens }: SampleSetting,
): FittingTarget<Item> {
  const ranked = items.map((_, at) => at).sort((a, b) => (items[b]?.score ?? 0) - (items[a]?.score ?? 0) || a - b)
  const best = (count: number) => {
    const places = new Set(ranked.slice(0, count))
    return items.filter((_, at) => places.has(at))
  }
  const write = (count: number) => (count === 0 ? '' : written(task, answer(best(count)), image))
  const fits = (count: number) => countTokens(write(count)) <= options.max_target_tokens
  let [low, high] = [0, fits(items.length) ? items.length : items.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle - 1
  }
  const kept = best(low)
  return { kept, cut: items.filter((item) => !kept.includes(item)), target: write(low) }
}

function written(task: Florence2Task, answer: Florence2Answer, size: ImageSize): string {
  try {
    return serializeAnswer(task, answer, size)
  } catch (cause) {
    throw new FldError('internal', `a sample of ${task} cannot be written`, { cause })
  }
}

function sampleOf<Item extends DraftItem>(
  { draft, prompt, kept, target }: { draft: SampleDraft<Item>; prompt: string; kept: readonly Item[]; target: string },
  { image, options, countTokens }: SampleSetting,
): Sample {
  const { task, about, granularity, text_id } = draft
  const sources = [...(text_id === undefined ? [] : [text_id]), ...kept.map(({ source }) => source)]
  return {
    sample_id: [image.image_id, task, ...(about === '' ? [] : [about])].join('/'),
    image_id: image.image_id,
    shard: image.shard,
    task,
    granularity: granularity ?? null,
    prompt,
    target,
    target_tokens: countTokens(target),
    sources: [...new Set(sources)],
    weight: weightOf(options, task, granularity),
  }
}
