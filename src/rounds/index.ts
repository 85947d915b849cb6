export { addCheckpoint, type CheckpointAddition, type UploadProgress } from './add-checkpoint.js'
export { checkpointDtypes, checkpointFiles } from './checkpoint-files.js'
export {
  listCheckpoints,
  readCheckpoint,
  readCurrentCheckpoint,
} from './checkpoint-registry.js'
export { florence2Layout, florence2Paths } from './florence2-layout.js'
export { promoteCheckpoint, rollbackCheckpoint } from './move-current.js'
