import { MalformedMessage, type Ref } from './message.ts'

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedMessage('The message is no JSON.')
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Some clients count with numbers; they get back what they sent only as a text, as from Phoenix in binary frames. */
export function refOf(value: unknown): Ref {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' && value.length <= longestRef) return value
  if (typeof value === 'number') return String(value)
  throw new MalformedMessage('A reference is no text.')
}

const longestRef = 255

export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw new MalformedMessage(`The ${what} is no text.`)
}

/** Whether something of JSON is nested deeper than that. Without recursion: there is JSON that is deeper than the stack. */
export function isDeeper(value: unknown, levels: number): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}
