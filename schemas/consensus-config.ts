import { z } from 'zod'
import { ocrRules } from './consensus/ocr-rules.js'
import { phraseRules } from './consensus/phrase-rules.js'
import { regionRules } from './consensus/region-rules.js'
import { textRules } from './consensus/text-rules.js'

/** Every number of the consensus rules. Recorded with the run; changed with `--set consensus.<key>=<value>`. */
export const consensusConfigSchema = z.object({ ...regionRules, ...ocrRules, ...textRules, ...phraseRules }).strict()
export type ConsensusConfig = z.infer<typeof consensusConfigSchema>
