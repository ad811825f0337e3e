import { StorageError } from '../errors/index.ts'

const plainRules = ['all', 'noindex', 'nofollow', 'none', 'nosnippet', 'indexifembedded', 'notranslate', 'noimageindex']

/** What the value of a rule that has one must be, and whether it is. */
const valuedRules: Readonly<Record<string, readonly [must: string, holds: (value: string) => boolean]>> = {
  'max-snippet': ['an integer >= -1', isLength],
  'max-video-preview': ['an integer >= -1', isLength],
  'max-image-preview': ['one of: none, standard, large', (value) => ['none', 'standard', 'large'].includes(value)],
  unavailable_after: ['a valid date', (value) => !Number.isNaN(Date.parse(value))],
}

/** A date has commas of its own: it ends where another rule begins, or a crawler's name. */
const afterDate = new RegExp(`,\\s*(?:${[...plainRules, ...Object.keys(valuedRules)].join('|')}|[\\w-]+:)`)

/**
 * Throws InvalidRobotsTag for what crawlers would not understand of `X-Robots-Tag`, in the words of supabase/storage.
 *
 * @see https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Robots-Tag
 */
export function assertRobotsTag(value: string): void {
  const rules = rulesOf(value.trim())
  if (rules.length === 0) throw refused('X-Robots-Tag header value must be a non-empty string')
  for (const rule of rules) assertRule(rule)
}

/** The tag of an object; what crawlers would not understand says nothing. */
export function robotsTagOf(value: unknown): string {
  try {
    if (typeof value !== 'string') return 'none'
    assertRobotsTag(value)
    return value
  } catch {
    return 'none'
  }
}

function rulesOf(value: string): string[] {
  const rules: string[] = []
  for (let rest = value; rest !== ''; ) {
    const end = rest.startsWith('unavailable_after:') ? rest.search(afterDate) : rest.indexOf(',')
    rules.push((end < 0 ? rest : rest.slice(0, end)).trim())
    rest = end < 0 ? '' : rest.slice(end + 1).trim()
  }
  return rules
}

/** A rule may be for one crawler: `googlebot: noindex`. */
function assertRule(text: string): void {
  if (text === '') throw refused('X-Robots-Tag header contains empty rule')
  for (let rule = text; !plainRules.includes(rule); ) {
    // Not by a pattern, which would look at all the rest for each of thousands of crawlers.
    const colon = rule.indexOf(':')
    if (colon < 0) throw refused(`Invalid X-Robots-Tag rule: "${rule}"`)
    const [name, given] = [rule.slice(0, colon), rule.slice(colon + 1).trim()]
    if (Object.hasOwn(valuedRules, name)) {
      assertValue(name, given)
      return
    }
    if (given === '') throw refused(`X-Robots-Tag user agent "${name.trim()}" has no rules specified`)
    rule = given
  }
}

function assertValue(name: string, value: string): void {
  const [must, holds] = valuedRules[name] ?? []
  if (value === '') throw refused(`X-Robots-Tag rule "${name}" requires a value`)
  if (!holds?.(value)) throw refused(`X-Robots-Tag "${name}" value must be ${must}, got: "${value}"`)
}

function isLength(value: string): boolean {
  return /^-?\d+$/.test(value) && Number(value) >= -1
}

function refused(why: string): StorageError {
  return new StorageError('InvalidRobotsTag', { message: `Invalid X-Robots-Tag header: ${why}` })
}
