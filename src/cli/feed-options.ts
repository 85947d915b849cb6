import { type Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { type FeedOptions, feedOptionsSchema } from '../../schemas/feed.js'
import { florence2Tasks, parseTaskName } from '../../schemas/florence2/tasks.js'
import { type Split, splits } from '../../schemas/image.js'
import { granularities } from '../../schemas/observation.js'
import { listOf, wholeNumber } from './arguments.js'

/** The options of whatever makes samples. */
export interface FeedFlags {
  readonly seed: number
  readonly splits: readonly Split[]
  readonly tasks: Weights
  readonly granularities: Weights
  readonly maxPromptTokens: number
  readonly maxTargetTokens: number
  readonly tokenizer?: string
}

type Weights = Readonly<Record<string, number>>

const defaults = feedOptionsSchema.parse({})

/** Adds the options of whatever makes samples to a command. */
export function addFeedFlags(command: Command): Command {
  const tokens = wholeNumber({ min: 8, max: 1024 })
  const { seed, max_prompt_tokens: prompt, max_target_tokens: target } = defaults
  return command
    .option(
      '--seed <n>',
      'of the order, and of which epochs a fraction is in',
      wholeNumber({ min: 0, max: 2 ** 32 - 1 }),
      seed,
    )
    .option('--splits <names>', `with commas: ${splits.join(', ')}`, listOf(splits), [...defaults.splits])
    .option('--tasks <weights>', 'OD=2,OCR=0.5,...: how often each comes; 1 unless it is named', taskWeights, {})
    .option('--granularities <weights>', `the same for ${granularities.join(', ')}`, weights, {})
    .option('--max-prompt-tokens <n>', 'longer prompts are left out', tokens, prompt)
    .option('--max-target-tokens <n>', 'longer targets are cut by whole items', tokens, target)
    .option('--tokenizer <folder>', 'count tokens exactly: a folder with tokenizer.json and tokenizer_config.json')
}

/** What the flags ask for. Throws FldError `config_invalid` that names what is wrong. */
export function feedOptionsOf(flags: FeedFlags): FeedOptions {
  const { seed, splits, tasks, granularities, maxPromptTokens, maxTargetTokens } = flags
  const limits = { max_prompt_tokens: maxPromptTokens, max_target_tokens: maxTargetTokens }
  const parsed = feedOptionsSchema.safeParse({ seed, splits, tasks, granularities, ...limits })
  if (parsed.success) return parsed.data
  throw new FldError('config_invalid', `options of the feed: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}

/** Parses `name=weight` with commas. */
function weights(text: string): Weights {
  return Object.fromEntries(
    text.split(',').map((part) => {
      const [, name, weight] = /^\s*([^=]+)=(\d+(?:\.\d+)?)\s*$/.exec(part) ?? []
      if (name !== undefined && weight !== undefined) return [name.trim(), Number(weight)]
      throw new InvalidArgumentError(`"${part}" is no name=weight, as OD=0.5.`)
    }),
  )
}

function taskWeights(text: string): Weights {
  return Object.fromEntries(Object.entries(weights(text)).map(([name, weight]) => [taskName(name), weight]))
}

function taskName(name: string): string {
  try {
    return parseTaskName(name)
  } catch {
    throw new InvalidArgumentError(`"${name}" is none of ${florence2Tasks.join(', ')}.`)
  }
}
