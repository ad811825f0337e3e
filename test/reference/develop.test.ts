import { globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type Codec,
  createCodec,
  develop,
  GALLERY,
  MAX_PIXELS,
  type Pixels,
  readJpegHeader,
  shrinkTo,
  THUMBNAIL,
} from '../../supabase/functions/develop/darkroom/index.ts'
import { person, photograph, root } from './photo-platform.ts'

const storage = `${root}supabase/storage`
const bytes = (path: string) => new Uint8Array(readFileSync(path))

class PlainImageData implements Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number

  constructor(data: Uint8ClampedArray, width: number, height: number) {
    this.data = data
    this.width = width
    this.height = height
  }
}

let codec: Codec
beforeAll(async () => {
  // The codec hands out what browsers and Deno have, and Node has not.
  Object.assign(globalThis, { ImageData: PlainImageData })
  const wasm = (path: string) =>
    WebAssembly.compile(bytes(createRequire(import.meta.url).resolve(`@jsquash/jpeg/codec/${path}`)))
  codec = await createCodec(await wasm('dec/mozjpeg_dec.wasm'), await wasm('enc/mozjpeg_enc.wasm'))
})

/** A picture of one colour a pixel, from rows of grey values. */
function grey(rows: number[][]): Pixels {
  const data = new Uint8ClampedArray(rows.flat().flatMap((value) => [value, value, value, 255]))
  return { data, width: rows[0]?.length ?? 0, height: rows.length }
}

describe('shrinkTo', () => {
  test.each([
    [
      'two by two pixels become one',
      2,
      grey([
        [0, 100, 20, 20],
        [100, 200, 20, 20],
      ]),
      grey([[100, 20]]),
    ],
    ['three become two: the middle one is shared', 2, grey([[30, 90, 210]]), grey([[50, 170]])],
    ['a column keeps one pixel of width', 2, grey([[0], [0], [200], [200]]), grey([[0], [200]])],
    [
      'a small picture stays',
      8,
      grey([
        [1, 2],
        [3, 4],
      ]),
      grey([
        [1, 2],
        [3, 4],
      ]),
    ],
  ])('%s', (_, edge, picture, expected) => {
    expect(shrinkTo(picture, edge)).toEqual(expected)
  })

  test('whatever the sizes, the brightness stays', () => {
    for (const [width, edge] of [
      [7, 3],
      [100, 99],
      [1201, 1200],
      [640, 300],
    ] as const) {
      const white = { data: new Uint8ClampedArray(width * 5 * 4).fill(255), width, height: 5 }
      expect(new Set(shrinkTo(white, edge).data)).toEqual(new Set([255]))
    }
  })
})

describe('readJpegHeader', () => {
  const start = [0xff, 0xd8]
  const frame = [0xff, 0xc2, 0, 17, 8, 0x02, 0x00, 0x03, 0x00]
  const end = [0xff, 0xd9]
  const size = { width: 768, height: 512, complete: true }
  test.each([
    ['a frame', [...start, ...frame, ...end], size],
    ['a frame after another segment', [...start, 0xff, 0xe0, 0, 4, 1, 2, ...frame, ...end], size],
    ['fill bytes', [...start, 0xff, ...frame, ...end], size],
    ['more after the end', [...start, ...frame, ...end, 1, 2, 3], size],
    ['no end', [...start, ...frame, 1, 2, 3], { ...size, complete: false }],
    ['Huffman tables are no frame', [...start, 0xff, 0xc4, 0, 17, 8, 2, 0, 3, 0], undefined],
    ['a segment that ends beyond the file', [...start, 0xff, 0xe0, 0xff, 0xff, ...frame], undefined],
    ['a length of zero, for ever', [...start, 0xff, 0xe0, 0, 0, 0, 0, 0, 0, 0], undefined],
    ['a PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], undefined],
    ['nothing', [], undefined],
  ])('%s', (_, data, expected) => {
    expect(readJpegHeader(new Uint8Array(data))).toEqual(expected)
  })
})

describe('develop', () => {
  const original = (number: number, file: string) => `${storage}/photographs/${person(number)}/${file}`

  test('an original lying on its side is stood up, and what the camera wrote is left out', async () => {
    const file = bytes(original(17, 'neighbours.jpg'))
    expect(Buffer.from(file).includes('Camera 1')).toBe(true)
    expect(readJpegHeader(file)).toMatchObject({ width: 800, height: 533 })

    const developed = await develop(file, codec)
    expect(developed).toMatchObject({ width: 533, height: 800 })
    expect(readJpegHeader(developed.thumbnail)).toMatchObject({ width: 200, height: 300 })
    for (const size of [developed.gallery, developed.thumbnail]) expect(Buffer.from(size).includes('Exif')).toBe(false)
  })

  test('a large original is brought to both sizes', async () => {
    const large = { data: new Uint8ClampedArray(600 * 1500 * 4).fill(128), width: 600, height: 1500 }
    const { width, height, gallery, thumbnail } = await develop(await jpeg(large), codec)
    expect({ width, height }).toEqual({ width: 600, height: 1500 })
    expect(readJpegHeader(gallery)).toMatchObject({ width: 480, height: GALLERY.edge })
    expect(readJpegHeader(thumbnail)).toMatchObject({ width: 120, height: THUMBNAIL.edge })
  })

  test("the seed's developed sizes are this function's work", async () => {
    const folder = `${storage}/developed/${person(11)}/${photograph(16)}`
    const { gallery, thumbnail } = await develop(bytes(original(11, 'chelsea.jpg')), codec)
    expect(Buffer.from(gallery).equals(readFileSync(`${folder}/gallery.jpg`))).toBe(true)
    expect(Buffer.from(thumbnail).equals(readFileSync(`${folder}/thumbnail.jpg`))).toBe(true)
    expect(globSync('*/*/*.jpg', { cwd: `${storage}/developed` })).toHaveLength(48)
  })

  test.each([
    ['a text', () => new TextEncoder().encode('hello'), 'The file is not a JPEG photograph.'],
    ['half a photograph', () => chelsea().slice(0, 8000), 'The photograph is not complete. Please upload it again.'],
    ['noise in a frame', () => noise(), 'The photograph is damaged and cannot be decoded.'],
    [
      'a small file that declares 4 gigapixels',
      () => new Uint8Array([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0xff, 0xff, 0xff, 0xff, 3, 0xff, 0xd9]),
      `The photograph has 65535 x 65535 pixels; ${MAX_PIXELS / 1e6} megapixels are the limit.`,
    ],
  ])('%s is refused in words', async (_, file, message) => {
    await expect(develop(file(), codec)).rejects.toThrow(expect.objectContaining({ message }))
  })

  const jpeg = async (pixels: Pixels) => new Uint8Array(await codec.encode(pixels, 80))
  const chelsea = () => bytes(original(11, 'chelsea.jpg'))
  const noise = () => chelsea().fill(0x55, 200, -2)
})
