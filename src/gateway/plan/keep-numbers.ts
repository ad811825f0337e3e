/** JSON with its numbers and booleans as the texts they were written in: 64-bit keys do not fit a JavaScript number. */
export function parseJsonKeepingNumbers(text: string): unknown {
  try {
    return JSON.parse(text, ((_key: string, value: unknown, context: { source?: string }) =>
      typeof value === 'number' || typeof value === 'boolean' ? (context.source ?? String(value)) : value) as (
      key: string,
      value: unknown,
    ) => unknown)
  } catch {
    return undefined
  }
}
