import decoder from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm' with { type: 'bytes' }
import encoder from '@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm' with { type: 'bytes' }
import { createCodec } from './codec.ts'

/** Imported as bytes, the codecs travel inside the bundle: a function may read no file. */
export const codec = await createCodec(await WebAssembly.compile(decoder), await WebAssembly.compile(encoder))
