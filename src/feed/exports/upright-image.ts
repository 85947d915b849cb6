import sharp from 'sharp'

/** Of what is written anew: no difference that an eye or a model sees. */
const quality = 95

/**
 * An image as it is looked at: boxes are of the upright image, and most readers of exports do not ask EXIF which way up it
 * is. One that is stored upright keeps its bytes.
 */
export async function uprightImage(bytes: Uint8Array): Promise<Uint8Array> {
  const { orientation = 1, format } = await sharp(bytes).metadata()
  if (orientation === 1) return bytes
  const turned = sharp(bytes).rotate()
  return format === 'jpeg' ? turned.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer() : turned.toBuffer()
}
