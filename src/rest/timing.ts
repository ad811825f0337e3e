type Part = 'jwt' | 'parse' | 'plan' | 'transaction' | 'response'

/** How long the parts of a request took, as PostgREST tells it (`Server-Timing`). */
export interface Timing {
  /** What went on since the last call was this part. */
  done(part: Part): void
  /** `jwt;dur=0.1, parse;dur=0.0, …`, in milliseconds. */
  text(): string
}

export function startTiming(): Timing {
  const parts: string[] = []
  let last = performance.now()
  return {
    done(part) {
      const now = performance.now()
      parts.push(`${part};dur=${(now - last).toFixed(1)}`)
      last = now
    },
    text: () => parts.join(', '),
  }
}
