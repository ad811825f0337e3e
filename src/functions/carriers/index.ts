import type { Dispatcher } from 'undici'
import type { Carrier } from './carrier.ts'
import { type Frames, isFramed } from './frames.ts'
import { overHttp } from './over-http.ts'

export { type Answered, type Carried, type Carrier, type Control, UnfitAnswer } from './carrier.ts'
export { connectFrames, type Frames } from './frames.ts'
export { textsOf } from './over-http.ts'

/** The two ways to one process: what is brief goes as frames; what is large, of unknown length or unusual, as HTTP. */
export function createCarrier(frames: Frames, dispatcher: Dispatcher): Carrier {
  const http = overHttp(dispatcher)
  return {
    carry(call, answered) {
      if (isFramed(call)) frames.carry(call, answered)
      else http.carry(call, answered)
    },
  }
}
