import { StorageError } from '../errors/index.ts'

/** Reads lines and runs of bytes by turns from a body, without holding more than a chunk of it. */
export interface ByteReader {
  /** The next line without its CRLF; undefined at the end. Throws InvalidRequest for one that is too long. */
  line(longest: number): Promise<string | undefined>
  /** The next bytes, as they come; throws InvalidRequest where the body ends before. */
  bytes(count: number): AsyncIterable<Uint8Array>
}

export function byteReader(body: AsyncIterable<Uint8Array>): ByteReader {
  const source = body[Symbol.asyncIterator]()
  let held: Buffer = Buffer.alloc(0)

  const more = async (): Promise<boolean> => {
    const { done, value } = await source.next()
    if (done) return false
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.length)
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    return true
  }

  return {
    async line(longest) {
      for (;;) {
        const end = held.indexOf('\r\n')
        if (end > longest || (end < 0 && held.length > longest + 1)) throw malformed()
        if (end >= 0) {
          const line = held.toString('latin1', 0, end)
          held = held.subarray(end + 2)
          return line
        }
        if (!(await more())) {
          if (held.length > 0) throw malformed()
          return undefined
        }
      }
    },
    async *bytes(count) {
      for (let left = count; left > 0; ) {
        if (held.length === 0 && !(await more())) throw malformed()
        const taken = held.subarray(0, left)
        held = held.subarray(taken.length)
        left -= taken.length
        yield taken
      }
    },
  }
}

export function malformed(): StorageError {
  return new StorageError('InvalidRequest', { message: 'The chunks of the body are malformed or incomplete' })
}
