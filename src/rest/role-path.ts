/** Finds what a token says of its role. */
export type RolePath = (claims: unknown) => unknown

type Matches = (item: string, text: string) => boolean

const matches: Readonly<Record<string, Matches>> = {
  '==': (item, text) => item === text,
  '!=': (item, text) => item !== text,
  '^==': (item, text) => item.startsWith(text),
  '==^': (item, text) => item.endsWith(text),
  '*==': (item, text) => item.includes(text),
}

const step =
  /\.(?:(?<key>[\p{L}\p{N}_$@]+)|"(?<quoted>[^"]*)")|\[(?<index>\d+)\]|\[\?\(@\s*(?<operator>==\^|==|!=|\^==|\*==)\s*"(?<text>[^"]*)"\)\]$/uy

/**
 * Reads `pgrst.jwt_role_claim_key`, in PostgREST's words.
 *
 * @example readRolePath('.realm_access.roles[?(@ == "editor")]')
 * @returns undefined for a text that is no path
 */
export function readRolePath(text: string): RolePath | undefined {
  const steps: RolePath[] = []
  step.lastIndex = 0
  while (step.lastIndex < text.length) {
    const found = step.exec(text)?.groups
    if (!found) return undefined
    steps.push(stepOf(found))
  }
  return steps.length === 0 ? undefined : (claims) => steps.reduce((value, follow) => follow(value), claims)
}

function stepOf({ key, quoted = '', index, operator, text = '' }: Readonly<Record<string, string>>): RolePath {
  if (index !== undefined) return (value) => (Array.isArray(value) ? value[Number(index)] : undefined)
  const isMatch = operator === undefined ? undefined : matches[operator]
  if (isMatch)
    return (value) => (Array.isArray(value) ? value.find((item) => isText(item) && isMatch(item, text)) : undefined)
  const name = key ?? quoted
  return (value) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
