/** How names of the database become names of the API: pg_graphql's rules, with inflection on or off. */
export interface Naming {
  typeName(table: string): string
  fieldName(column: string): string
}

export function naming(inflect: boolean): Naming {
  return inflect
    ? {
        typeName: (table) => upperFirst(camel(table)),
        fieldName: (column) => leadingUnderscores(column) + lowerFirst(camel(column)),
      }
    : { typeName: validName, fieldName: validName }
}

/** `owner_id` refers to an owner. */
export function withoutIdSuffix(column: string): string | undefined {
  const match = /^(.+?)(?:_id|Id)$/.exec(column)
  return match?.[1]
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

function camel(name: string): string {
  const [first = '', ...others] = validName(name)
    .split('_')
    .filter((word) => word !== '')
  return [first, ...others.map(upperFirst)].join('')
}

/** `_id` stays apart from `id`. */
function leadingUnderscores(name: string): string {
  return /^_*/.exec(name)?.[0] ?? ''
}

/** GraphQL allows `[_A-Za-z][_0-9A-Za-z]*`; what else a database name holds becomes an underscore. */
function validName(name: string): string {
  const cleaned = name.replaceAll(/[^_0-9A-Za-z]/g, '_')
  return /^[0-9]/.test(cleaned) ? `_${cleaned}` : cleaned
}

/** `__` is reserved for introspection. */
export function isExposable(name: string): boolean {
  return /^(?!__)[_A-Za-z][_0-9A-Za-z]*$/.test(name)
}
