import type { ValueType } from './value-type.ts'

/**
 * The value of a function argument's default, where the expression (as Postgres prints it: `1`, `'-1'::integer`,
 * `'it''s'::text`) is a constant that GraphQL can show. Anything else (`null`, `now()`) is the database's own business.
 */
export function argumentDefault(expression: string | null, type: ValueType): string | number | boolean | undefined {
  const constant = /^(?:'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|(true|false))(?:::[\w" .()]+)?$/.exec(expression ?? '')
  if (!constant || type.kind !== 'scalar') return undefined
  const text = constant[1]?.replaceAll("''", "'") ?? constant[2] ?? constant[3] ?? ''
  switch (type.scalar) {
    case 'Int':
    case 'Float':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
    case 'Boolean':
      return constant[3] === undefined ? undefined : text === 'true'
    case 'String':
      return constant[1] === undefined ? undefined : text
    default:
      return undefined
  }
}
