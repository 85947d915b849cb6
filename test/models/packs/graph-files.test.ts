import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DtypeChoice, dtypes, packEntrySchema } from '../../../schemas/pack.js'
import { pickFiles, plainPaths } from '../../../src/models/packs/graph-files.js'

const suffixes = ['', '_fp16', '_quantized', '_int8', '_uint8', '_q4', '_q4f16', '_bnb4']
const every = ['encoder', 'decoder_merged'].flatMap((graph) => suffixes.map((suffix) => `onnx/${graph}${suffix}.onnx`))

function picked(paths: readonly string[], choice: DtypeChoice): Record<string, string> {
  const files = paths.map((path) => ({ path }))
  return Object.fromEntries([...plainPaths(files, choice, 'here')].map(([plain, { path }]) => [plain, path]))
}

describe('the files of an entry', () => {
  it('are those without a suffix for fp32, with what lies outside onnx/', () => {
    expect(picked(['config.json', 'model_fp16.onnx', ...every], 'fp32')).toEqual({
      'config.json': 'config.json',
      'model_fp16.onnx': 'model_fp16.onnx',
      'onnx/encoder.onnx': 'onnx/encoder.onnx',
      'onnx/decoder_merged.onnx': 'onnx/decoder_merged.onnx',
    })
  })

  it.each(dtypes.map((dtype, index) => [dtype, suffixes[index] ?? '']))('of %s end in "%s"', (dtype, suffix) => {
    expect(picked(every, dtype)).toEqual({
      'onnx/encoder.onnx': `onnx/encoder${suffix}.onnx`,
      'onnx/decoder_merged.onnx': `onnx/decoder_merged${suffix}.onnx`,
    })
  })

  it('can be of another dtype for each graph; fp32 where none is named', () => {
    expect(picked(every, { encoder: 'q4f16' })).toEqual({
      'onnx/encoder.onnx': 'onnx/encoder_q4f16.onnx',
      'onnx/decoder_merged.onnx': 'onnx/decoder_merged.onnx',
    })
  })

  it('include the weights beside a graph', () => {
    const paths = ['onnx/m.onnx', 'onnx/m.onnx_data', 'onnx/m_q4.onnx', 'onnx/m_q4.onnx_data', 'onnx/m_q4.onnx_data_1']
    expect(picked([...paths, 'onnx/m_q4.onnx.data'], 'q4')).toEqual({
      'onnx/m.onnx': 'onnx/m_q4.onnx',
      'onnx/m.onnx_data': 'onnx/m_q4.onnx_data',
      'onnx/m.onnx_data_1': 'onnx/m_q4.onnx_data_1',
      'onnx/m.onnx.data': 'onnx/m_q4.onnx.data',
    })
  })

  it('are refused with the dtypes, or the graphs, that there are', () => {
    const paths = ['onnx/encoder.onnx', 'onnx/encoder_fp16.onnx', 'onnx/decoder.onnx']
    expect(() => picked(paths, 'fp16')).toThrow(/here has no fp16 of the graph "decoder" .*it has: fp32/)
    expect(() => picked(paths, { encoder: 'q8' })).toThrow(/no q8 of the graph "encoder" .*it has: fp32, fp16/)
    expect(() => picked(paths, { encodr: 'fp16' })).toThrow(/the graph "encodr"; its graphs are: encoder, decoder/)
    expect(() => picked(['a.onnx'], { a: 'fp16' })).toThrow(/its graphs are: none/)
  })

  it('picked again are the same', () => {
    const sources = ['https://example.org/x']
    const choice = fc.oneof(
      fc.constantFrom(...dtypes),
      fc.record({ encoder: fc.constantFrom(...dtypes), decoder_merged: fc.constantFrom(...dtypes) }),
    )
    fc.assert(
      fc.property(choice, fc.shuffledSubarray(every, { minLength: every.length }), (dtype, paths) => {
        const files = paths.map((path) => ({ path, sha256: 'a'.repeat(64), bytes: 1, sources }))
        const entry = packEntrySchema.parse({ name: 'x', annotator: 'y', family: 'z', licence: 'MIT', dtype, files })
        const once = pickFiles(entry)
        expect(once.files).toHaveLength(2)
        expect(pickFiles(once)).toEqual(once)
      }),
    )
  })
})
