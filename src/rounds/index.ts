export { addCheckpoint, type CheckpointAddition, type UploadProgress } from './add-checkpoint.js'
export { checkpointDtypes, checkpointFiles } from './checkpoint-files.js'
export {
  listCheckpoints,
  readCheckpoint,
  readCurrentCheckpoint,
} from './checkpoint-registry.js'
export type { ChangeCounts, ChangeExample, TableDiff } from './diff/change-tally.js'
export { changedRules } from './diff/changed-rules.js'
export { agreementOf, type Churn, churnKinds, churnOf } from './diff/churn.js'
export { type DecidedRound, diffRounds, type RoundDiff } from './diff/diff-rounds.js'
export { type ChangeKind, changeKinds } from './diff/row-change.js'
export { florence2Layout, florence2Paths } from './florence2-layout.js'
export { type GateStanding, gateStanding, writeGateRecord } from './gate/gate-records.js'
export { judgeGate } from './gate/judge-gate.js'
export {
  type CheckpointAnswers,
  type HeldOutImage,
  imagesMeasured,
  measureCheckpoint,
} from './gate/measure-checkpoint.js'
export type { CheckpointVoice } from './merge/image-to-merge.js'
export { mergeImage } from './merge/merge-image.js'
export { promoteCheckpoint, rollbackCheckpoint } from './move-current.js'
