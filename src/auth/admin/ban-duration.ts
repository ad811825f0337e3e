import { AuthError } from '../auth-error.ts'

const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
}

/** What Go's durations can hold: 292 years. */
const longest = 2 ** 63 * 1e-6

/**
 * Until when a ban lasts: null for `none`, undefined where nothing is said.
 *
 * @example parseBan('1h30m', now)
 */
export function parseBan(duration: string, now: Date): Date | null | undefined {
  if (duration === '') return undefined
  if (duration === 'none') return null
  const milliseconds = parseGoDuration(duration)
  if (milliseconds === undefined) {
    throw new AuthError(400, 'validation_failed', 'invalid format for ban duration: expected one like 24h or 1h30m')
  }
  return milliseconds === 0 ? null : new Date(now.getTime() + milliseconds)
}

/** Milliseconds of a duration as Go's time.ParseDuration reads it; undefined for anything else. */
function parseGoDuration(text: string): number | undefined {
  const match = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|ms|s|m|h))+|0)$/.exec(text)
  if (!match || text.length > 100) return undefined
  let milliseconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+\.?\d*|\.\d+)([a-zµ]+)/g)) {
    milliseconds += Number(amount) * (millisecondsPerUnit[unit ?? ''] ?? Number.NaN)
  }
  if (!(milliseconds < longest)) return undefined
  return match[1] === '-' ? -milliseconds : milliseconds
}
