/** How many operations a request has, of a batch at most as many as it may have. */
export function operationsIn({ body }: { readonly body?: unknown }, most: number): number {
  if (!Buffer.isBuffer(body) || body.find((byte) => !whiteSpace.has(byte)) !== openingBracket) return 1
  try {
    return operationsOf(JSON.parse(body.toString()), most)
  } catch {
    return 1
  }
}

/** The same of what was read of it. */
export function operationsOf(params: unknown, most: number): number {
  return Array.isArray(params) ? Math.min(params.length, most) : 1
}

const openingBracket = 0x5b
const whiteSpace: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n'))
