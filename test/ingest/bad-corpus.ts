import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { animatedPng, animation, floatTiff, picture, pngClaiming } from './bad-images.js'

/** A bad input: the name of its file, and what it holds. */
export interface BadInput {
  readonly name: string
  readonly bytes: Uint8Array
}

const formats = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const
type Format = (typeof formats)[number]

async function encoded(format: Format): Promise<Buffer> {
  return picture(40 + formats.indexOf(format), 64, 48)
    .toFormat(format)
    .toBuffer()
}

/** Where the parts of a file begin, by its format's own structure: where a download that stops, stops worst. */
function boundaries(format: Format, bytes: Buffer): number[] {
  switch (format) {
    case 'jpeg':
      return jpegMarkers(bytes)
    case 'png':
      return chunkStarts(bytes, 8, (at) => 12 + bytes.readUInt32BE(at))
    case 'webp':
      return chunkStarts(bytes, 12, (at) => 8 + bytes.readUInt32LE(at + 4) + (bytes.readUInt32LE(at + 4) % 2))
    case 'avif':
      return chunkStarts(bytes, 0, (at) => Math.max(8, bytes.readUInt32BE(at)))
    case 'gif':
    case 'tiff':
      return Array.from({ length: 12 }, (_, index) => Math.floor((bytes.length * index) / 12))
  }
}

function jpegMarkers(bytes: Buffer): number[] {
  const found: number[] = []
  for (let at = 0; at + 1 < bytes.length; at++) {
    if (bytes[at] === 0xff && bytes[at + 1] !== 0 && bytes[at + 1] !== 0xff) found.push(at, at + 2, at + 4)
  }
  return found
}

function chunkStarts(bytes: Buffer, first: number, lengthAt: (at: number) => number): number[] {
  const found: number[] = []
  for (let at = first; at + 12 <= bytes.length; at += lengthAt(at)) found.push(at, at + 4, at + 8)
  return found
}

async function truncations(): Promise<BadInput[]> {
  const inputs: BadInput[] = []
  for (const format of formats) {
    const bytes = await encoded(format)
    const cuts = new Set([...boundaries(format, bytes), 1, Math.floor(bytes.length / 2), bytes.length - 1])
    for (const cut of [...cuts].filter((at) => at < bytes.length).slice(0, 30)) {
      inputs.push({ name: `cut-${cut}.${format}`, bytes: bytes.subarray(0, cut) })
    }
  }
  return inputs
}

/** Bits that are turned over, spread over the file: some still decode, and are then images like others. */
async function flips(): Promise<BadInput[]> {
  const inputs: BadInput[] = []
  for (const format of formats) {
    const bytes = await encoded(format)
    for (let index = 0; index < 12; index++) {
      const flipped = Buffer.from(bytes)
      const at = Math.floor((flipped.length * (index + 0.5)) / 12)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (index % 8))
      inputs.push({ name: `flip-${at}.${format}`, bytes: flipped })
    }
  }
  return inputs
}

/** A PNG of zeros that is small until it is decoded: its pixels are really there. */
function pngOfZeros(side: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  header.set([1, 0, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc((Math.ceil(side / 8) + 1) * side), { level: 9 })
  const chunks = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]), ...chunks])
}

function chunk(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(body.length)
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body])
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(named))
  return Buffer.concat([head, named, sum])
}

/** A GIF of so many frames of one pixel (GIF89a, sections 18 to 23). */
function gifOfFrames(count: number): Buffer {
  const head = Buffer.concat([
    Buffer.from('GIF89a', 'latin1'),
    Buffer.from([1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
  ])
  const frame = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0])
  return Buffer.concat([head, ...Array.from({ length: count }, () => frame), Buffer.from([0x3b])])
}

/** Sizes are claimed at the place where the format keeps them. A GIF's screen is no size of its picture: that one is good. */
async function claims(): Promise<BadInput[]> {
  const gif = await encoded('gif')
  gif.writeUInt16LE(65_535, 6)
  gif.writeUInt16LE(65_535, 8)
  const jpeg = await encoded('jpeg')
  const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]))
  jpeg.writeUInt16BE(65_500, frame + 5)
  jpeg.writeUInt16BE(65_500, frame + 7)
  const tiff = floatTiff()
  tiff.writeUInt32LE(4_000_000_000, 10 + 8)
  const avif = await encoded('avif')
  const size = avif.indexOf('ispe')
  avif.writeUInt32BE(65_536, size + 8)
  avif.writeUInt32BE(65_536, size + 12)
  const webp = await picture(70).webp({ lossless: true }).toBuffer()
  webp.fill(0xff, 21, 25)
  return [
    { name: 'claims-gif.gif', bytes: gif },
    { name: 'claims-jpeg.jpg', bytes: jpeg },
    { name: 'claims-tiff.tif', bytes: tiff },
    { name: 'claims-avif.avif', bytes: avif },
    { name: 'claims-webp.webp', bytes: webp },
    { name: 'claims-wide.png', bytes: await pngClaiming(2 ** 31 - 1, 1) },
    { name: 'claims-square.png', bytes: await pngClaiming(100_000, 100_000) },
    { name: 'claims-nothing.png', bytes: await pngClaiming(0, 0) },
    { name: 'bomb-50000.png', bytes: pngOfZeros(50_000) },
    { name: 'bomb-12000.png', bytes: pngOfZeros(12_000) },
    { name: 'frames-20000.gif', bytes: gifOfFrames(20_000) },
    { name: 'frames-2.gif', bytes: gifOfFrames(2) },
    { name: 'frames.png', bytes: await animatedPng() },
    { name: 'frames.webp', bytes: await animation().webp().toBuffer() },
    { name: 'float.tif', bytes: floatTiff() },
  ]
}

const script = '<script>fetch("http://169.254.169.254/latest/meta-data")</script>'
const texts: Readonly<Record<string, string>> = {
  'active.svg': `<svg xmlns="http://www.w3.org/2000/svg">${script}<image href="file:///etc/passwd"/></svg>`,
  'active-in-disguise.png': `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>`,
  'page.jpg': `<!doctype html><html>${script}</html>`,
  'document.jpg': '%PDF-1.7\n1 0 obj\n<</OpenAction <</S/JavaScript/JS(app.alert(1))>>>>\nendobj',
  'postscript.png': '%!PS-Adobe-3.0\n(/etc/passwd) (r) file',
  'script.jpeg': '#!/bin/sh\nrm -rf /\n',
  'magick.jpg':
    'push graphic-context\nviewbox 0 0 640 480\nfill \'url(https://127.0.0.1/"|ls "-la)\'\npop graphic-context',
  'words.webp': 'RIFF\u0010\u0000\u0000\u0000WEBPVP8 not really',
  'nothing.png': '',
  'space.gif': ' '.repeat(10_000),
}

function disguised(): BadInput[] {
  const binaries: Readonly<Record<string, number[]>> = {
    'program.jpg': [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0],
    'windows.png': [0x4d, 0x5a, 0x90, 0],
    'archive.jpg': [0x50, 0x4b, 3, 4, 20, 0],
    'gzip.tif': [0x1f, 0x8b, 8, 0],
    'film.jpg': [0, 0, 0, 24, 0x66, 0x74, 0x79, 0x70, 0x69, 0x73, 0x6f, 0x6d],
    'icon.png': [0, 0, 1, 0, 1, 0, 16, 16],
    'bitmap.jpg': [0x42, 0x4d, 70, 0, 0, 0],
    'photoshop.tif': [0x38, 0x42, 0x50, 0x53, 0, 1],
    'zeros.jpg': new Array<number>(4096).fill(0),
    'ones.png': new Array<number>(4096).fill(0xff),
  }
  return [
    ...Object.entries(texts).map(([name, text]) => ({ name, bytes: Buffer.from(text, 'utf8') })),
    ...Object.entries(binaries).map(([name, bytes]) => ({ name, bytes: Uint8Array.from(bytes) })),
  ]
}

/** Names that a shell, a terminal, a key of S3 or a Windows machine would stumble over; the pictures are good. */
const hostileNames = [
  'line\nbreak.png',
  'tab\there.png',
  'quote"\'`.png',
  '-rf.png',
  '$(reboot).png',
  'a;b&c|d.png',
  'per%2e%2e%2fcent.png',
  'back\\slash.png',
  'CON.png',
  'nul.png',
  ' leading and trailing .png',
  '...png',
  '\u202egnp.exe.png',
  '\u0007bell.png',
  'e\u0301-composed.png',
  '\u{1f980}\u{1f980}.png',
  `${'long'.repeat(60)}.png`,
  '*?[a-z].png',
  '#fragment?query=1.png',
  '__proto__.png',
]

async function named(): Promise<BadInput[]> {
  return Promise.all(
    hostileNames.map(async (name, index) => ({
      name,
      bytes: await picture(100 + index, 40, 30)
        .png()
        .toBuffer(),
    })),
  )
}

/** More than two hundred inputs that somebody may find in a heap of pictures from the web; the same each time. */
async function badCorpus(): Promise<BadInput[]> {
  return [...(await truncations()), ...(await flips()), ...(await claims()), ...disguised(), ...(await named())]
}

/** Writes the corpus into a folder, with links that lead nowhere, out of it and in a circle beside it. */
export async function writeBadCorpus(folder: string): Promise<BadInput[]> {
  await mkdir(folder, { recursive: true })
  const corpus = await badCorpus()
  for (const { name, bytes } of corpus) await writeFile(join(folder, name), bytes)
  await symlink(join(folder, 'is-not-there'), join(folder, 'dangling.png'))
  await symlink(folder, join(folder, 'circle'))
  await symlink('/dev/zero', join(folder, 'endless.png'))
  return corpus
}
