import type { Bytes } from '#database'

/** The JSON of an answer, in the pieces it came in. */
export type Body = readonly Buffer[]

/** The `data` of an answer out of literal text and the bytes of statements. */
export function joinBody(parts: readonly (string | number)[], answers: readonly (Bytes | null)[]): Body {
  return parts.flatMap((part) => (typeof part === 'string' ? Buffer.from(part) : (answers[part]?.chunks ?? none)))
}

export function jsonBody(value: unknown): Body {
  return [Buffer.from(JSON.stringify(value))]
}

export function sizeOf(body: Body): number {
  let size = 0
  for (const chunk of body) size += chunk.length
  return size
}

export function textOf(body: Body): string {
  return (body.length === 1 && body[0] ? body[0] : Buffer.concat(body)).toString()
}

export const dataOpens = Buffer.from('{"data":')
export const dataCloses = Buffer.from('}')

/** What is left to send of an answer that was streamed. */
export const streamedEnd: Body = [dataCloses]

const none: Body = [Buffer.from('null')]
