/** A decoded picture: four bytes (red, green, blue, alpha) a pixel, row by row from the top left. */
export interface Pixels {
  readonly data: Uint8ClampedArray
  readonly width: number
  readonly height: number
}

/**
 * Shrinks a picture until its longer edge is at most `edge` pixels; a smaller one is returned as it is.
 *
 * Each new pixel is the mean of the area that it covers. Written here, though libraries resize too, because those in
 * WebAssembly copy the whole picture once more: 12 megapixels then need more than the 256 MB of a function.
 */
export function shrinkTo(source: Pixels, edge: number): Pixels {
  const scale = Math.max(source.width, source.height) / edge
  if (scale <= 1) return source

  const width = Math.max(1, Math.round(source.width / scale))
  const height = Math.max(1, Math.round(source.height / scale))
  const columns = split(source.width, width)
  const rows = split(source.height, height)

  const sums = new Float32Array(width * height * 3)
  const line = new Float32Array(width * 3)
  for (let y = 0; y < source.height; y++) {
    shrinkLine(line, source, y, columns)
    addLine(sums, line, rows.target[y]!, rows.share[y]!)
    if (rows.share[y]! < 1) addLine(sums, line, rows.target[y]! + 1, 1 - rows.share[y]!)
  }
  return { data: opaque(sums, (width * height) / (source.width * source.height)), width, height }
}

/** Where each of `from` cells falls when they are spread over `to` cells: a target, and the share that stays in it. */
interface Split {
  readonly target: Uint32Array
  /** 0 to 1; the rest goes to the cell after the target. */
  readonly share: Float32Array
}

function split(from: number, to: number): Split {
  const target = new Uint32Array(from)
  const share = new Float32Array(from)
  for (let cell = 0; cell < from; cell++) {
    // In units of 1/(from * to) every edge is a whole number, so no pixel is lost to rounding.
    const start = cell * to
    target[cell] = Math.floor(start / from)
    share[cell] = Math.min(1, ((target[cell]! + 1) * from - start) / to)
  }
  return { target, share }
}

function shrinkLine(line: Float32Array, source: Pixels, y: number, { target, share }: Split): void {
  line.fill(0)
  const { data, width } = source
  for (let x = 0, from = y * width * 4; x < width; x++, from += 4) {
    const kept = share[x]!
    let to = target[x]! * 3
    line[to]! += data[from]! * kept
    line[to + 1]! += data[from + 1]! * kept
    line[to + 2]! += data[from + 2]! * kept
    if (kept === 1) continue
    to += 3
    line[to]! += data[from]! * (1 - kept)
    line[to + 1]! += data[from + 1]! * (1 - kept)
    line[to + 2]! += data[from + 2]! * (1 - kept)
  }
}

function addLine(sums: Float32Array, line: Float32Array, row: number, share: number): void {
  const offset = row * line.length
  for (let i = 0; i < line.length; i++) sums[offset + i]! += line[i]! * share
}

function opaque(sums: Float32Array, factor: number): Uint8ClampedArray {
  const data = new Uint8ClampedArray((sums.length / 3) * 4)
  for (let from = 0, to = 0; from < sums.length; from += 3, to += 4) {
    data[to] = sums[from]! * factor
    data[to + 1] = sums[from + 1]! * factor
    data[to + 2] = sums[from + 2]! * factor
    data[to + 3] = 255
  }
  return data
}
