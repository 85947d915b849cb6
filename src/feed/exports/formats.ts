import { coco } from './coco.js'
import type { ExportFormat } from './export-format.js'
import { florence2Jsonl } from './florence2-jsonl.js'
import { huggingFace } from './hugging-face.js'
import { litdata } from './litdata.js'
import { odvg } from './odvg.js'
import { webdataset } from './webdataset.js'

/** The formats that a snapshot can be exported in, by name. */
export const exportFormats: ReadonlyMap<string, ExportFormat> = new Map([
  ['florence2-jsonl', florence2Jsonl],
  ['webdataset', webdataset],
  ['hf', huggingFace],
  ['coco', coco],
  ['odvg', odvg],
  ['litdata-index', litdata],
])
