/**
 * Writes protocol buffer messages (wire format of protobuf.dev/programming-guides/encoding): as much as an ONNX model
 * needs. Fields are written in the order of the calls, so the same calls give the same bytes.
 */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = []
  #bytes = 0

  /** An int32, int64 or enum field; 64-bit values within the safe integers. */
  integer(field: number, value: number): this {
    this.#tag(field, 0)
    return this.#push(varint(BigInt.asUintN(64, BigInt(value))))
  }

  float(field: number, value: number): this {
    this.#tag(field, 5)
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#push(bytes)
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value))
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2)
    this.#push(varint(BigInt(value.byteLength)))
    return this.#push(value)
  }

  message(field: number, write: (nested: ProtobufWriter) => void): this {
    const nested = new ProtobufWriter()
    write(nested)
    return this.bytes(field, nested.finish())
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.#bytes)
    let offset = 0
    for (const chunk of this.#chunks) {
      joined.set(chunk, offset)
      offset += chunk.byteLength
    }
    return joined
  }

  #tag(field: number, wireType: number): void {
    this.#push(varint(BigInt((field << 3) | wireType)))
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk)
    this.#bytes += chunk.byteLength
    return this
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
