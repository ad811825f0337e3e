import { stringify } from 'smol-toml'

/** What programs read. */
export const structuredForms = ['json', 'yaml', 'toml'] as const
export type StructuredForm = (typeof structuredForms)[number]

type Value = string | number | boolean | null
export type FlatRecord = Readonly<Record<string, Value | readonly Value[]>>

export function isStructured(form: string): form is StructuredForm {
  return structuredForms.some((structured) => structured === form)
}

/**
 * A record, or a list of them, in one of the forms, without a line end.
 *
 * @param name what the list is called in TOML, which has none by itself
 */
export function structured(form: StructuredForm, value: FlatRecord | readonly FlatRecord[], name = 'list'): string {
  if (form === 'json') return JSON.stringify(value, null, 2)
  if (form === 'toml') return stringify(withoutNull(Array.isArray(value) ? { [name]: value } : value)).trimEnd()
  if (!Array.isArray(value)) return yamlLines(value as FlatRecord).join('\n') || '{}'
  return value.map((item) => `- ${yamlLines(item).join('\n  ')}`).join('\n') || '[]'
}

/** JSON's scalars and lists are YAML's, too. */
function yamlLines(record: FlatRecord): string[] {
  return Object.entries(record).map(([key, value]) => {
    return `${/^[A-Za-z_][\w-]*$/.test(key) ? key : JSON.stringify(key)}: ${JSON.stringify(value)}`
  })
}

/** TOML has no null: what is not there is left out. */
function withoutNull(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNull)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, withoutNull(item)]])),
  )
}
