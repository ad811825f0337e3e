import decode, { init as initDecoder } from '@jsquash/jpeg/decode.js'
import encode, { init as initEncoder } from '@jsquash/jpeg/encode.js'
import type { Pixels } from './pixels.ts'

/** MozJPEG in WebAssembly. */
export interface Codec {
  /** Upright pixels: EXIF's orientation is applied. Throws where the bytes cannot be decoded. */
  decode(jpeg: Uint8Array<ArrayBuffer>): Promise<Pixels>
  /** A JPEG without any metadata. `quality` is 0 to 100. */
  encode(pixels: Pixels, quality: number): Promise<Uint8Array>
}

/** Takes the compiled codecs, since how a `.wasm` file is read differs from runtime to runtime. */
export async function createCodec(decoder: WebAssembly.Module, encoder: WebAssembly.Module): Promise<Codec> {
  await Promise.all([initDecoder(decoder), initEncoder(encoder)])
  return {
    async decode(jpeg) {
      const { data, width, height } = await decode(jpeg.slice().buffer, { preserveOrientation: true })
      return { data: data as Uint8ClampedArray, width, height }
    },
    async encode(pixels, quality) {
      return new Uint8Array(await encode(pixels as Parameters<typeof encode>[0], { quality }))
    },
  }
}
