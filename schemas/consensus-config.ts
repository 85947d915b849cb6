import { z } from 'zod'

const unit = z.number().min(0).max(1)

/** Every number of the consensus rules. Recorded with the run; changed with `--set consensus.<key>=<value>`. */
export const consensusConfigSchema = z
  .object({
    /** Boxes of one label join a cluster at this IoU with its fused box. */
    cluster_iou: unit.default(0.55),
    /** Distinct families that must agree on a region. A family that lacks the label abstains. */
    min_votes: z.number().int().min(1).default(2),
  })
  .strict()
export type ConsensusConfig = z.infer<typeof consensusConfigSchema>
