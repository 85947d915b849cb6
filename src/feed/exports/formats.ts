import type { ExportFormatName } from '../../../schemas/feed.js'
import { coco } from './coco.js'
import type { ExportFormat } from './export-format.js'
import { florence2Jsonl } from './florence2-jsonl.js'
import { huggingFace } from './hugging-face.js'
import { litdata } from './litdata.js'
import { odvg } from './odvg.js'
import { webdataset } from './webdataset.js'

/** The formats that a snapshot can be exported in. */
export const exportFormats: Readonly<Record<ExportFormatName, ExportFormat>> = {
  'florence2-jsonl': florence2Jsonl,
  webdataset,
  hf: huggingFace,
  coco,
  odvg,
  'litdata-index': litdata,
}
