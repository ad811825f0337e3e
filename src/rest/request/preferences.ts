/** The `Prefer` header (RFC 7240), as far as PostgREST knows it. */
export interface Preferences {
  readonly resolution?: 'merge-duplicates' | 'ignore-duplicates'
  readonly return?: 'representation' | 'minimal' | 'headers-only'
  readonly count?: 'exact' | 'planned' | 'estimated'
  readonly tx?: 'commit' | 'rollback'
  readonly missing?: 'default' | 'null'
  readonly handling?: 'strict' | 'lenient'
  readonly timezone?: string
  readonly maxAffected?: number
  readonly unknown: readonly string[]
}

const known = {
  resolution: ['merge-duplicates', 'ignore-duplicates'],
  return: ['representation', 'minimal', 'headers-only'],
  count: ['exact', 'planned', 'estimated'],
  tx: ['commit', 'rollback'],
  missing: ['default', 'null'],
  handling: ['strict', 'lenient'],
} as const

const timezones = new Map<string, boolean>()

/** Whether Postgres knows a time zone by this name. Both have their names from the same database (IANA's). */
function isTimezone(name: string): boolean {
  const known = timezones.get(name)
  if (known !== undefined) return known
  const found = /^[A-Za-z][\w+/-]{1,60}$/.test(name) && canFormat(name)
  // There are some hundreds, but in any letter case.
  if (found && timezones.size < 1000) timezones.set(name, found)
  return found
}

function canFormat(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

/** The first of each kind counts; `tx` counts only where the database's configuration lets a client choose. */
export function readPreferences(header: string | undefined, mayEndTransaction: boolean): Preferences {
  const preferences: Record<string, string | number> & { timezone?: string; maxAffected?: number } = {}
  const unknown: string[] = []
  for (const text of (header ?? '').split(',').map((part) => part.trim())) {
    if (text === '') continue
    const [name = '', value = ''] = text.split(/=(.*)/s)
    if (name === 'timezone') {
      if (isTimezone(value)) preferences.timezone ??= value
      else unknown.push(text)
    } else if (name === 'max-affected') {
      if (/^\d{1,15}$/.test(value)) preferences.maxAffected ??= Number(value)
    } else if (name in known && (known[name as keyof typeof known] as readonly string[]).includes(value)) {
      if (name !== 'tx' || mayEndTransaction) preferences[name] ??= value
    } else unknown.push(text)
  }
  return { ...preferences, unknown }
}
