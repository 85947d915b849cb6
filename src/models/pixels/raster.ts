/** Decoded pixels: RGB, 8 bits, interleaved, row by row from the top left, EXIF orientation applied. */
export interface Raster {
  readonly width: number
  readonly height: number
  /** width * height * 3 bytes. */
  readonly data: Uint8Array
}
