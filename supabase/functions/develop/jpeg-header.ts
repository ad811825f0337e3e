/**
 * Width and height that a JPEG's frame header declares, before any EXIF rotation; undefined where the bytes are no
 * JPEG. Read before decoding: a file of a few kilobytes can declare gigabytes of pixels.
 *
 * @see https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1 and B.2.2
 */
export function jpegSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 4 || view.getUint16(0) !== START_OF_IMAGE) return undefined

  let at = 2
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at += 1 // a fill byte
    else if (isFrameHeader(marker)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    else at += 2 + view.getUint16(at + 2)
  }
  return undefined
}

const START_OF_IMAGE = 0xffd8

/** SOF0 to SOF15, among which DHT, JPG and DAC have codes too. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}
