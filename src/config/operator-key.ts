import type { Report } from './report.ts'

/** A key of words would be guessed. */
const leastLength = 32

/** `PORTICO_OPERATOR_KEY`, where it is set. */
export function readOperatorKey(written: string | undefined, report: Report): string | undefined {
  if (!written) return undefined
  if (!/^[!-~]+$/.test(written) || written.length < leastLength) {
    report.mistakeIn('PORTICO_OPERATOR_KEY', `${leastLength} characters or more, as of "openssl rand -base64 32"`)
  }
  return written
}
