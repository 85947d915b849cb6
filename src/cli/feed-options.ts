import { type Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { FldError } from '../../schemas/errors.js'
import { type FeedOptions, feedOptionsSchema } from '../../schemas/feed.js'
import { florence2Tasks } from '../../schemas/florence2/tasks.js'
import { type Split, splits } from '../../schemas/image.js'
import { granularities } from '../../schemas/observation.js'
import { listOf, wholeNumber } from './arguments.js'

/** The options of whatever makes samples. */
export interface FeedFlags {
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
  const { max_prompt_tokens: prompt, max_target_tokens: target } = defaults
  return command
    .addOption(
      new Option('--splits <names>', `with commas: ${splits.join(', ')}`)
        .argParser(listOf(splits))
        .default([...defaults.splits], defaults.splits.join(', ')),
    )
    .addOption(
      new Option(
        '--tasks <names>',
        'OD,CAPTION: these alone; OD=2,OCR=0: how often each comes in an epoch, the others once',
      )
        .argParser(weights(florence2Tasks))
        .default({}, 'all, once'),
    )
    .addOption(
      new Option('--granularities <names>', `the same for ${granularities.join(', ')}`)
        .argParser(weights(granularities))
        .default({}, 'all, once'),
    )
    .option('--max-prompt-tokens <n>', 'longer prompts are left out', tokens, prompt)
    .option('--max-target-tokens <n>', 'longer targets are cut by whole items', tokens, target)
    .option('--tokenizer <folder>', 'count tokens exactly: a folder with tokenizer.json and tokenizer_config.json')
}

/** What the flags ask for. Throws FldError `config_invalid` that names what is wrong. */
export function feedOptionsOf(flags: FeedFlags): FeedOptions {
  const { splits, tasks, granularities, maxPromptTokens, maxTargetTokens } = flags
  const limits = { max_prompt_tokens: maxPromptTokens, max_target_tokens: maxTargetTokens }
  const parsed = feedOptionsSchema.safeParse({ splits, tasks, granularities, ...limits })
  if (parsed.success) return parsed.data
  throw new FldError('config_invalid', `options of the feed: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}

/** The flags, as they are written, by which somebody asks for other samples than there are without. */
export function sampleFlags(flags: FeedFlags): string[] {
  const asked = {
    '--tasks': Object.keys(flags.tasks).length > 0,
    '--granularities': Object.keys(flags.granularities).length > 0,
    '--max-prompt-tokens': flags.maxPromptTokens !== defaults.max_prompt_tokens,
    '--max-target-tokens': flags.maxTargetTokens !== defaults.max_target_tokens,
    '--tokenizer': flags.tokenizer !== undefined,
  }
  return Object.entries(asked).flatMap(([flag, isAsked]) => (isAsked ? [flag] : []))
}

/** Parses names with commas, each alone or as `name=weight`; where one is alone, those that are not named have the weight 0. */
function weights(allowed: readonly string[]) {
  return (text: string): Weights => {
    const named = new Map<string, number>()
    let alone = false
    for (const part of text.split(',')) {
      const [, asked, weight] = /^\s*<?([^=<>\s]+)>?(?:=(\d+(?:\.\d+)?))?\s*$/.exec(part) ?? []
      if (asked === undefined) throw new InvalidArgumentError(`"${part}" is no name and no name=weight, as OD=0.5.`)
      const name = allowed.find((known) => known.toLowerCase() === asked.toLowerCase())
      if (name === undefined) throw new InvalidArgumentError(`"${asked}" is none of ${allowed.join(', ')}.`)
      if (named.has(name)) throw new InvalidArgumentError(`${name} is named twice.`)
      named.set(name, Number(weight ?? 1))
      alone ||= weight === undefined
    }
    const rest = alone ? allowed.filter((name) => !named.has(name)) : []
    return Object.fromEntries([...named, ...rest.map((name) => [name, 0] as const)])
  }
}
