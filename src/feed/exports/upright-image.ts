import sharp, { type Sharp } from 'sharp'

/** Of what is written anew: no difference that an eye or a model sees. */
const quality = 95

/**
 * An image as annotators saw it and most readers of exports show it: upright, for they do not ask EXIF, and of 8 bits a
 * channel, for they clip what has 16. One that is so keeps its bytes; another is written anew in its format, with the same
 * colours, under the profile that it came with. Inks become RGB.
 */
export async function uprightImage(bytes: Uint8Array): Promise<Uint8Array> {
  const { orientation = 1, depth, space, format } = await sharp(bytes).metadata()
  if (orientation === 1 && depth !== 'ushort') return bytes
  const inks = space === 'cmyk'
  const grey = space === 'b-w' || space === 'grey16'
  const turned = sharp(bytes, { ignoreIcc: !inks })
    .autoOrient()
    .toColourspace(grey ? 'b-w' : 'srgb')
  return encoded(inks ? turned : turned.keepIccProfile(), format)
}

function encoded(image: Sharp, format: string): Promise<Uint8Array> {
  switch (format) {
    case 'jpeg':
      return image.jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer()
    case 'webp':
      return image.webp({ lossless: true }).toBuffer()
    case 'heif':
      return image.avif({ lossless: true }).toBuffer()
    case 'tiff':
      return image.tiff({ compression: 'lzw' }).toBuffer()
    default:
      return image.toBuffer()
  }
}
