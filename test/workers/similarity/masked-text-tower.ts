import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProtobufWriter } from '../../../src/models/tfjs/protobuf-writer.js'

const float32 = 1
const int64 = 7
type Part = (writer: ProtobufWriter) => ProtobufWriter

/**
 * A text tower that takes a mask and shows it: its embedding [n, length] is input_ids where attention_mask is 1, and 0
 * elsewhere. Returns its path.
 */
export async function maskedTextTower(output: string): Promise<string> {
  const graph: Part = (writer) =>
    writer
      .message(1, (node) => node.string(1, 'input_ids').string(1, 'attention_mask').string(2, 'seen').string(4, 'Mul'))
      .message(1, (node) =>
        node
          .string(1, 'seen')
          .string(2, output)
          .string(4, 'Cast')
          .message(5, (attribute) => attribute.string(1, 'to').integer(3, float32).integer(20, 2)),
      )
      .string(2, 'masked')
      .message(11, matrix('input_ids', int64))
      .message(11, matrix('attention_mask', int64))
      .message(12, matrix(output, float32))
  const bytes = new ProtobufWriter()
    .integer(1, 8)
    .message(7, graph)
    .message(8, (opset) => opset.string(1, '').integer(2, 17))
    .finish()
  const path = join(await mkdtemp(join(tmpdir(), 'fld-text-tower-')), 'text_model.onnx')
  await writeFile(path, bytes)
  return path
}

/** [n, length], both open. */
function matrix(name: string, type: number): Part {
  const dims: Part = (shape) =>
    shape.message(1, (dim) => dim.string(2, 'n')).message(1, (dim) => dim.string(2, 'length'))
  return (writer) =>
    writer.string(1, name).message(2, (value) => value.message(1, (tensor) => tensor.integer(1, type).message(2, dims)))
}
