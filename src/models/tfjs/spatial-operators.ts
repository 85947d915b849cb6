import { type Constant, numbersOf, permuteConstant } from './constant.js'
import { type Activation, channelsFirst, storageAxis } from './graph-builder.js'
import { type GraphNode, integersOf, textOf, textsOf } from './graph-file.js'
import { activationInput, constantInput, type Operation, type OperatorTranslation, unsupported } from './operator.js'

/** Rows and columns. */
type Pair = readonly [number, number]

interface Window {
  readonly kernel: Pair
  readonly strides: Pair
  readonly dilations: Pair
}

/** Operators over rows and columns. TensorFlow's are NHWC; here they work on tensors kept as NCHW, as ONNX has them. */
export const spatialOperators: Readonly<Record<string, OperatorTranslation>> = {
  Conv2D: (operation) => [convolve(operation, 'dense')],
  _FusedConv2D: (operation) => [activate(operation, convolve(operation, 'dense'))],
  DepthwiseConv2dNative: (operation) => [convolve(operation, 'depthwise')],
  FusedDepthwiseConv2dNative: (operation) => [activate(operation, convolve(operation, 'depthwise'))],
  MaxPool: (operation) => [maxPool(operation)],
  Mean: (operation) => [mean(operation)],
  ResizeBilinear: (operation) => [resizeBilinear(operation)],
}

function convolve(operation: Operation, kind: 'dense' | 'depthwise'): Activation {
  const { node, builder } = operation
  checkLayout(node)
  const weights = constantInput(operation, 1)
  const [rows = 1, columns = 1, depth = 1, last = 1] = weights.dims
  const channels = kind === 'dense' ? last : depth * last
  const window = windowOf(node, [rows, columns], pairOf(integersOf(node, 'dilations'), [1, 1]))
  const { input, pads, size } = spatialInput(operation, window, 0)
  const fused = textsOf(node, 'fused_ops')
  const bias = fused[0] === 'BiasAdd' ? constantInput(operation, 2) : null
  const inputs = [input.name, builder.floats(`${node.name}/weights`, ...convolutionWeights(weights, kind))]
  if (bias !== null) inputs.push(builder.floats(`${node.name}/bias`, [channels], Float32Array.from(bias.data)))
  // The node's name is for what comes out of it, after a fused activation function.
  const name = fused[1] === undefined ? node.name : `${node.name}/convolution`
  return builder.add(name, 'Conv', inputs, {
    shape: [input.shape[0] ?? 1, channels, ...size],
    order: channelsFirst,
    attributes: {
      kernel_shape: [...window.kernel],
      strides: [...window.strides],
      dilations: [...window.dilations],
      pads,
      group: kind === 'dense' ? 1 : depth,
    },
  })
}

/** [rows, columns, in, out] to [out, in, rows, columns]; depthwise [rows, columns, in, times] to [in * times, 1, ...]. */
function convolutionWeights(weights: Constant, kind: 'dense' | 'depthwise'): [readonly number[], Float32Array] {
  const [rows = 1, columns = 1, depth = 1, last = 1] = weights.dims
  const { data } = permuteConstant(weights, kind === 'dense' ? [3, 2, 0, 1] : [2, 3, 0, 1])
  const dims = kind === 'dense' ? [last, depth, rows, columns] : [depth * last, 1, rows, columns]
  return [dims, Float32Array.from(data)]
}

/** The activation function that TensorFlow fused into a convolution. */
function activate({ node, builder }: Operation, value: Activation): Activation {
  const [, activation] = textsOf(node, 'fused_ops')
  const { shape, order } = value
  const result = { shape, order }
  const { name } = node
  switch (activation) {
    case undefined:
      return value
    case 'Relu':
      return builder.add(name, 'Relu', [value.name], result)
    case 'Relu6':
      return builder.add(
        name,
        'Clip',
        [value.name, builder.scalar(`${name}/min`, 0), builder.scalar(`${name}/max`, 6)],
        result,
      )
    case 'LeakyRelu': {
      const alpha = { float: node.attr.leakyrelu_alpha?.f ?? 0.2 }
      return builder.add(name, 'LeakyRelu', [value.name], { ...result, attributes: { alpha } })
    }
    default:
      throw unsupported(node, `fused ${activation}`)
  }
}

function maxPool(operation: Operation): Activation {
  const { node, builder } = operation
  checkLayout(node)
  const window = windowOf(node, pairOf(integersOf(node, 'ksize'), [1, 1]), [1, 1])
  const { input, pads, size } = spatialInput(operation, window, Number.NEGATIVE_INFINITY)
  return builder.add(node.name, 'MaxPool', [input.name], {
    shape: [input.shape[0] ?? 1, input.shape[1] ?? 1, ...size],
    order: channelsFirst,
    attributes: { kernel_shape: [...window.kernel], strides: [...window.strides], pads },
  })
}

/** The mean over rows and columns, kept as axes of length one. */
function mean(operation: Operation): Activation {
  const { node, builder } = operation
  const input = activationInput(operation, 0)
  if (node.attr.keep_dims?.b !== true) throw unsupported(node, 'a mean that drops its axes')
  const axes = numbersOf(constantInput(operation, 1))
    .map((axis) => storageAxis(input, axis))
    .sort((a, b) => a - b)
  const shape = input.shape.map((length, axis) => (axes.includes(axis) ? 1 : length))
  if (input.shape.length === 4 && axes.join() === '2,3') {
    return builder.add(node.name, 'GlobalAveragePool', [input.name], { shape, order: input.order })
  }
  const attributes = { axes, keepdims: 1 }
  return builder.add(node.name, 'ReduceMean', [input.name], { shape, order: input.order, attributes })
}

function resizeBilinear(operation: Operation): Activation {
  const { node, builder } = operation
  const input = builder.inOrder(activationInput(operation, 0), channelsFirst)
  const [batch = 1, channels = 1, rows = 1, columns = 1] = input.shape
  const [toRows = 1, toColumns = 1] = numbersOf(constantInput(operation, 1))
  const scales = builder.floats(`${node.name}/scales`, [4], Float32Array.of(1, 1, toRows / rows, toColumns / columns))
  // Scales, not sizes: they leave the batch open. Lengths are scaled in float32 and cut, as ONNX Resize does.
  for (const [from, to] of [
    [rows, toRows],
    [columns, toColumns],
  ] as const) {
    if (Math.floor(Math.fround(from * Math.fround(to / from))) !== to)
      throw unsupported(node, `resizing ${from} to ${to}`)
  }
  return builder.add(node.name, 'Resize', [input.name, '', scales], {
    shape: [batch, channels, toRows, toColumns],
    order: channelsFirst,
    attributes: { mode: 'linear', coordinate_transformation_mode: coordinates(node) },
  })
}

function coordinates(node: GraphNode): string {
  if (node.attr.align_corners?.b === true) return 'align_corners'
  return node.attr.half_pixel_centers?.b === true ? 'half_pixel' : 'asymmetric'
}

/** The input as NCHW, the padding that the window wants around it (top, left, bottom, right), and the output's size. */
function spatialInput(operation: Operation, window: Window, filler: number) {
  const { node, builder } = operation
  const kept = builder.inOrder(activationInput(operation, 0, 'keep'), channelsFirst)
  const scheme = textOf(node, 'padding')
  if (scheme !== 'SAME' && scheme !== 'VALID') throw unsupported(node, `padding "${scheme}"`)
  const input = scheme === 'VALID' && takesUp(kept, filler, window.kernel) ? kept : builder.padded(kept)
  const { padding } = input
  const axes = ([0, 1] as const).map((index) => {
    const axis = index + 2
    const own: Pair = [padding?.before[axis] ?? 0, padding?.after[axis] ?? 0]
    const length = (input.shape[axis] ?? 1) + own[0] + own[1]
    const extent = (window.kernel[index] - 1) * window.dilations[index] + 1
    const added = scheme === 'SAME' ? samePadding(length, extent, window.strides[index]) : ([0, 0] as const)
    const size = Math.floor((length + added[0] + added[1] - extent) / window.strides[index]) + 1
    return { before: own[0] + added[0], after: own[1] + added[1], size }
  })
  const pads = [...axes.map((axis) => axis.before), ...axes.map((axis) => axis.after)]
  return { input: { ...input, padding: null }, pads, size: axes.map((axis) => axis.size) }
}

/** Whether an operator that pads rows and columns with `filler`, by less than its kernel, can do the value's padding. */
function takesUp({ padding }: Activation, filler: number, kernel: Pair): boolean {
  if (padding === null) return true
  const inside = [0, 1].every((axis) => padding.before[axis] === 0 && padding.after[axis] === 0)
  const small = kernel.every((length, index) => {
    return Math.max(padding.before[index + 2] ?? 0, padding.after[index + 2] ?? 0) < length
  })
  return inside && small && padding.value === filler
}

/** TensorFlow's SAME: as many outputs as strides fit, the odd row or column after (tf.nn, "Notes on padding"). */
function samePadding(length: number, extent: number, stride: number): Pair {
  const total = Math.max(0, (Math.ceil(length / stride) - 1) * stride + extent - length)
  return [Math.floor(total / 2), Math.ceil(total / 2)]
}

function windowOf(node: GraphNode, kernel: Pair, dilations: Pair): Window {
  return { kernel, dilations, strides: pairOf(integersOf(node, 'strides'), [1, 1]) }
}

/** Rows and columns of an NHWC list. */
function pairOf(list: readonly number[], otherwise: Pair): Pair {
  return [list[1] ?? otherwise[0], list[2] ?? otherwise[1]]
}

function checkLayout(node: GraphNode): void {
  const layout = textOf(node, 'data_format')
  if (layout !== 'NHWC') throw unsupported(node, `layout "${layout}"`)
}
