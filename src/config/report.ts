import { PorticoError } from '#errors'
import type { Place } from './prepare.ts'
import { dotted, lineOf, type TomlFile } from './toml.ts'

/** One thing that is wrong in the configuration. */
interface Mistake {
  readonly file: string | undefined
  readonly line: number | undefined
  /** `auth.jwt_expiry`, `SUPABASE_URL`, `--port` */
  readonly key: string
  /** As JSON; undefined where it is missing or secret. */
  readonly value: string | undefined
  readonly expected: string
}

/** Collects mistakes and warnings, so that all of them are told at once. */
export interface Report {
  readonly warnings: readonly string[]
  warn(line: string): void
  /** Where a key stands in the file, or the table around it. */
  lineOf(path: Place['path']): number | undefined
  /** A mistake in the file, or in the variable that overrides the file. */
  mistakeAt(place: Place, expected: string): void
  /** A mistake in a variable or an option. Leave `value` out where it is secret. */
  mistakeIn(key: string, expected: string, value?: unknown): void
  /** Throws CONFIG_INVALID with every mistake, if there is one. */
  throwMistakes(): void
}

export function createReport(file: TomlFile): Report {
  const mistakes: (Mistake & { readonly text: string })[] = []
  const warnings: string[] = []

  const lineOfPath = (path: Place['path']) =>
    lineOf(
      file,
      path.filter((part) => typeof part === 'string'),
    )

  return {
    warnings,
    warn: (line) => void warnings.push(line),
    lineOf: lineOfPath,
    mistakeAt: ({ path, value, secret, variable }, expected) => {
      const key = dotted(path)
      const line = lineOfPath(path)
      const overridden = variable?.startsWith('SUPABASE_') === true && variable === overrideOf(path)
      const shown = shownValue(value, secret)
      const where = overridden ? `${variable} (for ${key})` : `${file.name}${line ? `:${line}` : ''}: ${key}`
      const from = variable !== undefined && !overridden ? ` (from ${variable})` : ''
      mistakes.push({
        ...{ file: overridden ? undefined : file.name, line: overridden ? undefined : line },
        ...{ key, value: secret ? undefined : shown, expected },
        text: `${where} is ${shown}${from}, expected ${expected}`,
      })
    },
    mistakeIn: (key, expected, value) => {
      const shown = value === undefined ? undefined : shownValue(value, false)
      const text = shown === undefined ? `${key}: expected ${expected}` : `${key} is ${shown}, expected ${expected}`
      mistakes.push({ file: undefined, line: undefined, key, value: shown, expected, text })
    },
    throwMistakes: () => {
      if (mistakes.length === 0) return
      const lines = mistakes.map(({ text }) => text)
      throw new PorticoError('CONFIG_INVALID', {
        message: lines.length === 1 ? `${lines[0]}` : [`${lines.length} mistakes:`, ...lines].join('\n  '),
        details: { mistakes: mistakes.map(({ text: _, ...mistake }) => mistake) },
      })
    },
  }
}

function overrideOf(path: readonly (string | number)[]): string {
  return `SUPABASE_${path.join('_').toUpperCase()}`
}

function shownValue(value: unknown, secret: boolean): string {
  if (value === undefined) return 'missing'
  if (value === '') return 'empty'
  if (secret) return 'a value that is not shown'
  const written = typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value))
  const shown = written.replace(/\/\/[^/@\s]*@/g, '//…@')
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown
}
