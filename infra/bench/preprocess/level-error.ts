import type { Raster } from '../../../src/models/pixels/raster.js'

/** In levels of 255. */
export interface LevelError {
  readonly mean: number
  readonly most: number
}

interface Normalised {
  readonly do_normalize: boolean
  readonly image_mean: readonly number[]
  readonly image_std: readonly number[]
}

/** How far a tensor [1, 3, height, width] is from the bytes that it should be made of. */
export function levelError(values: Float32Array, exact: Raster, config: Normalised): LevelError {
  const plane = exact.width * exact.height
  let sum = 0
  let most = 0
  for (let i = 0; i < plane * 3; i++) {
    const channel = Math.floor(i / plane)
    const mean = config.do_normalize ? (config.image_mean[channel] ?? 0) : 0
    const std = config.do_normalize ? (config.image_std[channel] ?? 1) : 1
    const level = ((values[i] ?? Number.NaN) * std + mean) * 255
    const error = Math.abs(level - (exact.data[(i % plane) * 3 + channel] ?? 0))
    sum += error
    most = Math.max(most, error)
  }
  return { mean: sum / (plane * 3), most }
}
