import type { Frame } from './frame.ts'

/** Frames of processes that are not known yet: kept until it is looked up who they are, while the others' go on. */
export interface Strangers {
  has(from: string): boolean
  put(frame: Frame): void
  clear(): void
}

/** Frames that are kept: any role may say anything in anybody's name. */
const most = 2000

/** Milliseconds between two looks. */
const pause = 20

/** @param look tells for each name whether there is such a process by now, whose frames are then `taken` */
export function createStrangers(look: () => Promise<void>, taken: (frame: Frame) => void): Strangers {
  let waiting: Frame[] = []
  const names = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  async function meet(): Promise<void> {
    await look().catch(() => {})
    const frames = waiting
    waiting = []
    names.clear()
    timer = undefined
    for (const frame of frames) taken(frame)
  }

  return {
    has: (from) => names.has(from),
    put(frame) {
      if (waiting.length >= most) return
      waiting.push(frame)
      names.add(frame.from)
      timer ??= setTimeout(() => void meet(), pause)
    },
    clear() {
      clearTimeout(timer)
      waiting = []
      names.clear()
    },
  }
}
