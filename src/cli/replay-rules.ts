import { z } from 'zod'
import { namesAllowedKeys } from '../../schemas/allowed-keys.js'
import { type ConsensusConfig, consensusConfigSchema } from '../../schemas/consensus-config.js'
import { FldError } from '../../schemas/errors.js'
import { assignSetting, parseSetting, type Setting } from './setting.js'

const rulesSchema = z.object({ consensus: consensusConfigSchema })

/**
 * The rules of a run with `--set consensus.<key>=<value>` laid over them. The label table is this version's, whatever the
 * run was decided with: it is recorded and not chosen. Throws FldError `config_invalid` naming the key and what was allowed.
 */
export function replayRules(of: ConsensusConfig, sets: readonly string[]): ConsensusConfig {
  const settings = sets.map(parseSetting)
  for (const setting of settings) checkIsRule(setting)
  const { label_table: _, ...chosen } = structuredClone(of)
  const edited = { consensus: chosen }
  for (const setting of settings) assignSetting(edited, setting)
  const parsed = rulesSchema.safeParse(edited, { error: namesAllowedKeys })
  if (parsed.success) return parsed.data.consensus
  const where = settings.map(({ text }) => text).join(', ')
  throw new FldError('config_invalid', `${where}: ${z.prettifyError(parsed.error)}`, { cause: parsed.error })
}

function checkIsRule({ path, text }: Setting): void {
  if (path[0] === 'consensus' && path.length > 1) return
  const keys = Object.keys(consensusConfigSchema.shape).join(', ')
  const message = `${text}: a replay decides again over what was observed, so that only consensus.<key> can be set; keys: ${keys}`
  throw new FldError('config_invalid', message)
}
