import { seal, unseal } from './sealing.ts'

/** Bytes of a process' name. */
export const idBytes = 8

/** Bytes of a message in one notification, which may have 7999 characters. */
const mostBytes = 5900

/** One notification: a message for everybody or for one process, or a part of it. */
export interface Frame {
  readonly from: string
  /** Undefined where it is for everybody. */
  readonly to: string | undefined
  readonly number: number
  /** Whether it goes on with a message, and whether more of it follows. */
  readonly isMore: boolean
  readonly isPart: boolean
  /** Its content, if it was sealed with this key. */
  open(key: Buffer): Buffer | undefined
}

/** Numbers what goes from one process under one key. */
export interface Numbered {
  readonly key: Buffer
  next: number
}

/** The notifications that carry a message, each sealed under the next number. */
export function framesOf(from: Buffer, to: Buffer | undefined, by: Numbered, message: Buffer): string[] {
  const frames: string[] = []
  for (let at = 0; at === 0 || at < message.length; at += mostBytes) {
    const number = by.next++
    const flags = (at > 0 ? goesOn : 0) | (at + mostBytes < message.length ? follows : 0)
    const head = headOf(from, to, number, flags)
    const sealed = seal(by.key, number, head, message.subarray(at, at + mostBytes))
    frames.push(Buffer.concat([head, sealed]).toString('base64'))
  }
  return frames
}

/** For everybody: kind, sender, number, flags; for one: the recipient behind the sender. */
function headOf(from: Buffer, to: Buffer | undefined, number: number, flags: number): Buffer {
  const numbered = Buffer.alloc(7)
  numbered.writeUIntBE(number, 0, 6)
  numbered[6] = flags
  return Buffer.concat([Buffer.from([to ? kinds.one : kinds.all]), from, ...(to ? [to] : []), numbered])
}

const kinds = { all: 1, one: 2 }
const follows = 1
const goesOn = 2

/** Undefined for what is none: any role may notify. */
export function readFrame(text: string): Frame | undefined {
  const bytes = Buffer.from(text, 'base64')
  const isForOne = bytes[0] === kinds.one
  const names = 1 + idBytes * (isForOne ? 2 : 1)
  const end = names + 7
  if ((!isForOne && bytes[0] !== kinds.all) || bytes.length <= end) return undefined
  const number = bytes.readUIntBE(names, 6)
  const flags = bytes[end - 1] as number
  return {
    from: bytes.toString('hex', 1, 1 + idBytes),
    to: isForOne ? bytes.toString('hex', 1 + idBytes, names) : undefined,
    number,
    isMore: (flags & goesOn) > 0,
    isPart: (flags & follows) > 0,
    open: (key) => unseal(key, number, bytes.subarray(0, end), bytes.subarray(end)),
  }
}
