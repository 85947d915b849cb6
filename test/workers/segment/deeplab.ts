import { voc21 } from '../../../schemas/vocabularies/index.js'
import type { Annotator } from '../../../src/annotate/contract.js'
import type { SessionHost } from '../../../src/models/sessions/tensor.js'
import { segment } from '../../../workers/segment/index.js'
import { referencePath } from '../../reference-data.js'

export const deepLabPath = 'models/deeplabv3/deeplab_v3_1_default_1.onnx'

export const deepLabInput = { size: 257, layout: 'nhwc', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] }

export function loadDeepLab(
  sessions: SessionHost,
  more: Record<string, unknown> = {},
  vocabulary: readonly string[] | null = voc21,
): Promise<Annotator> {
  const options = segment.options.parse({ model: 'semantic', input: deepLabInput, ...more })
  return segment.load({ options, files: new Map([['model.onnx', referencePath(deepLabPath)]]), vocabulary, sessions })
}
