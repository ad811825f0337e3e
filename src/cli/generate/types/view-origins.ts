/** Where a column of a view comes from, unchanged: a column of a table or of another view. */
export interface Origin {
  readonly relation: number
  readonly column: number
}

/**
 * The origins of a view's columns, by the column's number, from its rewrite rule as Postgres keeps it
 * (`pg_rewrite.ev_action`): a parse tree as text, `({QUERY … :targetList ({TARGETENTRY …}) …})`. Postgres has noted in
 * it already which entries are nothing but a column. A column that is computed has no origin.
 */
export function viewOrigins(rule: string): ReadonlyMap<number, Origin> {
  const origins = new Map<number, Origin>()
  let depth = 0
  let list = ''
  let key: string | undefined
  let entry = new Map<string, number>()
  for (const [token] of rule.matchAll(/[(){}]|(?:\\.|[^\s(){}\\])+/gs)) {
    if (token === '(' || token === '{') {
      depth++
      key = undefined
    } else if (token === ')' || token === '}') {
      depth--
    } else if (depth === 2) {
      // The query's own fields.
      if (token.startsWith(':')) list = token
    } else if (depth === 4 && list === ':targetList') {
      if (token === 'TARGETENTRY') entry = new Map()
      else if (key === undefined) key = token
      else {
        entry.set(key, Number(token))
        key = undefined
      }
      const [number, relation, column] = [':resno', ':resorigtbl', ':resorigcol'].map((name) => entry.get(name))
      if (number !== undefined && relation && column) origins.set(number, { relation, column })
    }
  }
  return origins
}
