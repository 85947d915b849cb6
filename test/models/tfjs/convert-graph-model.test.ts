import { describe, expect, it } from 'vitest'
import { convertGraphModel } from '../../../src/models/tfjs/convert-graph-model.js'
import { largestDifference, nhwcToNchw, type RuntimeTensor, runGraphModel, runOnnxModel } from './both-runtimes.js'
import { attribute, SmallGraph } from './small-graph.js'

/** Numbers between -1 and 1 with no pattern that an axis mix-up could hide in. */
const wave = (scale: number) => (index: number) => Math.sin(index * 1.7 + 0.3) * Math.cos(index * 0.37) * scale
const image = (rows: number, columns: number, batch = 1): RuntimeTensor => ({
  dims: [batch, rows, columns, 3],
  data: Float32Array.from({ length: batch * rows * columns * 3 }, (_value, index) => wave(1)(index)),
})
const spatial = (padding: string, stride: number, more = {}) => ({
  data_format: attribute.text('NHWC'),
  padding: attribute.text(padding),
  strides: attribute.integers(1, stride, stride, 1),
  ...more,
})
const dilated = (rate: number) => ({ dilations: attribute.integers(1, rate, rate, 1) })

/** Both runtimes on one graph: the largest difference over its outputs. */
async function difference(graph: SmallGraph, input: RuntimeTensor, ...outputs: string[]): Promise<number> {
  const source = graph.build(...outputs)
  const model = convertGraphModel({ topology: source.topology, weights: [source.weights] }, { name: 'small' })
  const wanted = await runGraphModel(source, input, outputs)
  const got = await runOnnxModel(model, nhwcToNchw(input), outputs)
  const differences = wanted.map((tensor, index) => {
    const nchw = tensor.dims.length === 4 ? nhwcToNchw(tensor) : tensor
    return largestDifference(nchw, got[index] ?? { dims: [], data: new Float32Array() })
  })
  return Math.max(...differences)
}

describe('a converted graph gives what TensorFlow.js gives', () => {
  it.each([
    ['SAME', 1, 1, 3],
    ['SAME', 2, 1, 3],
    ['SAME', 2, 1, 4],
    ['SAME', 1, 2, 3],
    ['VALID', 2, 1, 3],
    ['VALID', 1, 2, 2],
  ])('convolution: padding %s, stride %i, dilation %i, kernel %i', async (padding, stride, dilation, kernel) => {
    const graph = new SmallGraph([1, 13, 10, 3])
    const weights = graph.floats('w', [kernel, kernel, 3, 5], wave(0.3))
    graph.node('Conv2D', 'y', ['image', weights], spatial(padding, stride, dilated(dilation)))
    expect(await difference(graph, image(13, 10), 'y')).toBeLessThan(1e-5)
  })

  it.each(['Relu', 'Relu6', 'LeakyRelu'])('convolution with a bias and a fused %s', async (activation) => {
    const graph = new SmallGraph([1, 9, 11, 3])
    const inputs = ['image', graph.floats('w', [3, 3, 3, 4], wave(2)), graph.floats('b', [4], wave(3))]
    const fused = { fused_ops: attribute.texts('BiasAdd', activation), num_args: attribute.integer(1) }
    const slope = { leakyrelu_alpha: attribute.float(0.3) }
    graph.node('_FusedConv2D', 'y', inputs, spatial('SAME', 1, { ...fused, ...slope, ...dilated(1) }))
    expect(await difference(graph, image(9, 11), 'y')).toBeLessThan(1e-5)
  })

  it.each([1, 2])('depthwise convolution with %i filters per channel', async (times) => {
    const graph = new SmallGraph([1, 9, 11, 3])
    const weights = graph.floats('w', [3, 3, 3, times], wave(1))
    graph.node('DepthwiseConv2dNative', 'y', ['image', weights], spatial('SAME', 2, dilated(1)))
    expect(await difference(graph, image(9, 11), 'y')).toBeLessThan(1e-5)
  })

  it.each(['SAME', 'VALID'])('max pooling: padding %s', async (padding) => {
    const graph = new SmallGraph([1, 9, 12, 3])
    graph.node('MaxPool', 'y', ['image'], spatial(padding, 2, { ksize: attribute.integers(1, 3, 3, 1) }))
    expect(await difference(graph, image(9, 12), 'y')).toBeLessThan(1e-6)
  })

  it.each([
    ['asymmetric', false, false],
    ['half a pixel off', false, true],
    ['corners aligned', true, false],
  ])('bilinear resize, %s', async (_name, alignCorners, halfPixel) => {
    const graph = new SmallGraph([1, 6, 8, 3])
    const size = graph.integers('size', [12, 24])
    const attributes = { align_corners: attribute.flag(alignCorners), half_pixel_centers: attribute.flag(halfPixel) }
    graph.node('ResizeBilinear', 'y', ['image', size], attributes)
    expect(await difference(graph, image(6, 8), 'y')).toBeLessThan(1e-5)
  })

  it.each([
    [[1, 2], 'over the image'],
    [[-1], 'over the channels'],
  ])('mean over axes %j (%s)', async (axes) => {
    const graph = new SmallGraph([1, 6, 8, 3])
    graph.node('Mean', 'y', ['image', graph.integers('axes', axes)], { keep_dims: attribute.flag(true) })
    expect(await difference(graph, image(6, 8), 'y')).toBeLessThan(1e-6)
  })

  it('sums and products with constants of every rank, and of two tensors', async () => {
    const graph = new SmallGraph([1, 5, 7, 3])
    graph.node('Add', 'a', ['image', graph.floats('scalar', [], () => 0.25)])
    graph.node('Mul', 'b', [graph.floats('perChannel', [3], wave(2)), 'a'])
    graph.node('AddV2', 'c', ['b', graph.floats('perRow', [5, 1, 1], wave(1))])
    graph.node('Mul', 'y', ['c', 'a'])
    expect(await difference(graph, image(5, 7), 'y')).toBeLessThan(1e-6)
  })

  it('activations', async () => {
    const graph = new SmallGraph([1, 5, 7, 3])
    const big = graph.node('Mul', 'big', ['image', graph.floats('ten', [], () => 10)])
    graph.node('Relu', 'relu', [big])
    graph.node('Relu6', 'relu6', [big])
    graph.node('Sigmoid', 'sigmoid', [big])
    graph.node('LeakyRelu', 'leaky', [big], { alpha: attribute.float(0.1) })
    expect(await difference(graph, image(5, 7), 'relu', 'relu6', 'sigmoid', 'leaky')).toBeLessThan(1e-6)
  })

  it('a padded border, taken up by a convolution and as a node of its own', async () => {
    const graph = new SmallGraph([1, 6, 8, 3])
    const border = graph.node('Pad', 'border', ['image', graph.integers('pads', [0, 0, 1, 2, 0, 1, 0, 0], [4, 2])])
    graph.node('Conv2D', 'y', [border, graph.floats('w', [3, 3, 3, 2], wave(1))], spatial('VALID', 1, dilated(1)))
    graph.node('Relu', 'z', [border])
    const lowest = graph.floats('lowest', [], () => Number.NEGATIVE_INFINITY)
    const frame = graph.node('PadV2', 'frame', [
      'image',
      graph.integers('ring', [0, 0, 1, 1, 0, 1, 0, 0], [4, 2]),
      lowest,
    ])
    graph.node('MaxPool', 'pooled', [frame], spatial('VALID', 2, { ksize: attribute.integers(1, 2, 2, 1) }))
    const wide = graph.node('MaxPool', 'wide', [frame], spatial('VALID', 2, { ksize: attribute.integers(1, 3, 3, 1) }))
    graph.node('MaxPool', 'again', [frame], spatial('SAME', 2, { ksize: attribute.integers(1, 3, 3, 1) }))
    expect(await difference(graph, image(6, 8), 'y', 'z', 'pooled', wide, 'again')).toBeLessThan(1e-5)
  })

  it('transpositions, parts put together, taken apart and made flat, in whatever order the axes are kept', async () => {
    const graph = new SmallGraph([1, 6, 8, 3])
    const nchw = graph.node('Transpose', 'nchw', ['image', graph.integers('toNchw', [0, 3, 1, 2])])
    const both = graph.node('ConcatV2', 'both', [nchw, nchw, graph.integer('one', 1)])
    graph.node('SplitV', 'parts', [both, graph.integers('sizes', [2, 4]), graph.integer('axis', 1)], {
      num_split: attribute.integer(2),
    })
    graph.node('Reshape', 'flat', ['parts:1', graph.integers('shape', [1, 4, -1])])
    graph.node('Transpose', 'y', ['flat', graph.integers('swap', [0, 2, 1])])
    const back = graph.node('Transpose', 'back', ['parts', graph.integers('toNhwc', [0, 2, 3, 1])])
    graph.node('ConcatV2', 'z', [back, 'image', graph.integer('last', -1)])
    expect(await difference(graph, image(6, 8), 'y', 'z')).toBe(0)
  })
})

describe('a converted graph', () => {
  const convolution = () => {
    const graph = new SmallGraph([1, 6, 8, 3])
    graph.node('Conv2D', 'y', ['image', graph.floats('w', [3, 3, 3, 2], wave(1))], spatial('SAME', 1, dilated(1)))
    return graph
  }
  const convert = (graph: SmallGraph, ...outputs: string[]) => {
    const { topology, weights } = graph.build(...outputs)
    return convertGraphModel({ topology, weights: [weights] }, { name: 'small' })
  }

  it('is the same bytes every time', () => {
    expect(convert(convolution(), 'y')).toEqual(convert(convolution(), 'y'))
  })

  it('takes batches', async () => {
    const pair = nhwcToNchw(image(6, 8, 2))
    const model = convert(convolution(), 'y')
    const [both] = await runOnnxModel(model, pair, ['y'])
    const half = pair.data.length / 2
    const [second] = await runOnnxModel(model, { dims: [1, 3, 6, 8], data: pair.data.slice(half) }, ['y'])
    expect(both?.dims).toEqual([2, 2, 6, 8])
    expect(both?.data.slice(both.data.length / 2)).toEqual(second?.data)
  })

  it('is refused with the node and the operator when one is not known', () => {
    const graph = convolution()
    graph.node('Elu', 'strange', ['y'])
    expect(() => convert(graph, 'strange')).toThrow(/cannot convert Elu "strange": the operator is not translated/)
    expect(() => convert(graph, 'nothing')).toThrow(/no node "nothing"/)
  })

  it('is refused when it runs in a circle or its weights end early', () => {
    const circle = new SmallGraph([1, 6, 8, 3])
    circle.node('Add', 'a', ['image', 'b'])
    circle.node('Add', 'b', ['image', 'a'])
    expect(() => convert(circle, 'a')).toThrow(/it depends on itself/)
    const { topology, weights } = convolution().build('y')
    const short = { topology, weights: [weights.subarray(4)] }
    expect(() => convertGraphModel(short, { name: 'small' })).toThrow(/the weights end before "w"/)
  })
})
