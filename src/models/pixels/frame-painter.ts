import { type FloatRowSink, floatRows } from './float-resize.js'
import type { PixelTarget } from './pixel-tensor.js'
import { type PixelTables, planeWriter } from './plane-writer.js'
import type { PlannedFrame } from './processed-frame.js'
import type { ProcessorPlan } from './processor-plan.js'
import type { Raster } from './raster.js'
import { resampleRows } from './resample.js'

/** Resizes, crops and normalises an image to where its frame says; a tensor of zeros is padded already. */
export type FramePainter = (image: Raster, frame: PlannedFrame, target: PixelTarget) => void

/** The painter of a plan; it keeps the plan's lookup tables. */
export function framePainter(plan: ProcessorPlan): FramePainter {
  const tables = normalisedBytes(plan)
  return (image, frame, target) => {
    const { filter } = plan
    const { left, top, resized, content } = frame
    const plane = target.width * target.height
    const first = (target.index ?? 0) * plane * 3
    if (left > 0 || top > 0) fillBlack(tables, frame, target, first)
    const start = first + Math.max(0, top) * target.width + Math.max(0, left)
    const window = {
      left: Math.max(0, -left),
      top: Math.max(0, -top),
      width: Math.min(resized.width, content.width),
      height: Math.min(resized.height, content.height),
    }
    if (filter === 'smooth' || filter === 'linear') {
      floatRows(image, { canvas: frame.canvas, size: resized, filter }, floatWriter(plan, target, start, plane))
    } else {
      const places = { data: target.data, start, plane, stride: target.width }
      resampleRows(image, { size: resized, filter, window }, planeWriter(tables, window.width, places))
    }
  }
}

/** The normalised value of each byte, in single precision step by step as numpy computes it. */
function normalisedBytes(plan: ProcessorPlan): PixelTables {
  const table = (plane: number): Float32Array =>
    Float32Array.from({ length: 256 }, (_, byte) => normalised(plan, Math.fround(byte * plan.rescale), plane))
  return { order: plan.order, planes: [table(0), table(1), table(2)] }
}

function normalised({ normalisation }: ProcessorPlan, value: number, plane: number): number {
  if (normalisation === null) return value
  const mean = Math.fround(normalisation.mean[plane] ?? 0)
  return Math.fround(value - mean) / Math.fround(normalisation.std[plane] ?? 1)
}

/** A crop that is larger than the image shows black around it, which is normalised like any pixel. */
function fillBlack(tables: PixelTables, { content }: PlannedFrame, target: PixelTarget, first: number): void {
  tables.planes.forEach((table, channel) => {
    for (let y = 0; y < content.height; y++) {
      const row = first + (channel * target.height + y) * target.width
      target.data.fill(table[0] ?? 0, row, row + content.width)
    }
  })
}

/** No crop goes with these filters: rows are as wide as what is resized. */
function floatWriter(plan: ProcessorPlan, { data, width }: PixelTarget, start: number, plane: number): FloatRowSink {
  const { rescale, normalisation, order } = plan
  const channels = [0, 1, 2].map((channel) => ({
    from: order === 'RGB' ? channel : 2 - channel,
    mean: Math.fround(normalisation?.mean[channel] ?? 0),
    std: Math.fround(normalisation?.std[channel] ?? 1),
  }))
  return (row, y) => {
    channels.forEach(({ from, mean, std }, channel) => {
      let at = start + channel * plane + y * width
      for (let i = from; i < row.length; i += 3, at++) {
        data[at] = Math.fround(Math.fround((row[i] ?? 0) * rescale) - mean) / std
      }
    })
  }
}
