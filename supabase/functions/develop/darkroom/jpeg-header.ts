export interface JpegHeader {
  /** As declared, before any EXIF rotation. */
  readonly width: number
  readonly height: number
  /** False where the file breaks off. Decoders make the rest grey and say nothing. */
  readonly complete: boolean
}

/**
 * What a JPEG says of itself; undefined where the bytes are none. Read before decoding: a file of a few kilobytes can
 * declare gigabytes of pixels.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1 and B.2.2
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 4 || view.getUint16(0) !== START_OF_IMAGE) return undefined

  let at = 2
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at += 1 // a fill byte
    else if (isFrameHeader(marker)) {
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), complete: endsAfter(at, bytes) }
    } else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

const START_OF_IMAGE = 0xffd8

/** Cameras may add more after the end of the image. */
function endsAfter(frame: number, bytes: Uint8Array): boolean {
  for (let at = bytes.length - 2; at > frame; at--) if (bytes[at] === 0xff && bytes[at + 1] === 0xd9) return true
  return false
}

/** SOF0 to SOF15, among which DHT, JPG and DAC have codes too. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
