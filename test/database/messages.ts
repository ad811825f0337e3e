/** What Postgres sends: "Message Formats" of its documentation. */
export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type)
  head.writeInt32BE(4 + body.length, 1)
  return Buffer.concat([head, body])
}

export function row(...columns: readonly (string | null)[]): Buffer {
  const parts = columns.map((column) => {
    const size = int32(column === null ? -1 : Buffer.byteLength(column))
    return Buffer.concat([size, Buffer.from(column ?? '')])
  })
  return message('D', Buffer.concat([int16(columns.length), ...parts]))
}

/** @param code an SQLSTATE */
export function error(code: string, text: string): Buffer {
  return message('E', Buffer.from(`SERROR\0C${code}\0M${text}\0\0`))
}

export const bound = message('2', Buffer.alloc(0))
export const complete = message('C', Buffer.from('SELECT 1\0'))
export const ready = message('Z', Buffer.from('I'))

export function int32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length)
  numbers.forEach((number, i) => void bytes.writeInt32BE(number, 4 * i))
  return bytes
}

export function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(number)
  return bytes
}
