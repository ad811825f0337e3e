import type { Transformation } from './transformation.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** How an image comes to fill a box: to which size it is brought, and what is then cut out. Pixels. */
export interface Cover {
  readonly resized: Size
  readonly region: Size & { readonly left: number; readonly top: number }
}

/**
 * Places the part that stays as imgproxy does; nothing is enlarged, so that a small image fills less.
 * https://docs.imgproxy.net/usage/processing#gravity
 */
export function coverOf(image: Size, box: Size, transformation: Transformation): Cover {
  const { gravity = 'ce', x_offset: x = 0, y_offset: y = 0 } = transformation
  const scale = Math.min(1, Math.max(box.width / image.width, box.height / image.height))
  const along = (side: keyof Size, offset: number, near: boolean, far: boolean) => {
    const whole = Math.max(1, Math.round(image[side] * scale))
    const part = Math.min(box[side], whole)
    const away = Math.abs(offset) >= 1 && gravity !== 'fp' ? offset : whole * offset
    const place =
      gravity === 'fp' ? away - part / 2 : near ? away : far ? whole - part - away : (whole - part) / 2 + away
    return { whole, part, place: Math.min(Math.max(Math.round(place), 0), whole - part) }
  }
  const across = along('width', x, gravity.endsWith('we'), gravity.endsWith('ea'))
  const down = along('height', y, gravity.startsWith('no'), gravity.startsWith('so'))
  return {
    resized: { width: across.whole, height: down.whole },
    region: { left: across.place, top: down.place, width: across.part, height: down.part },
  }
}
