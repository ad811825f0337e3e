/** A column of a view's select list, and the relation's column that it shows unchanged (0 for none). */
export interface Target {
  readonly position: number
  readonly table: number
  readonly attribute: number
}

/**
 * Reads the select list out of a view's rule (`pg_rewrite.ev_action`), a tree that Postgres writes as nested braces.
 * Only the entries directly under the outermost query are its columns; those of subqueries lie deeper.
 */
export function readTargets(action: string): Target[] {
  const targets: Target[] = []
  let depth = 0
  let start = -1
  for (let i = 0; i < action.length; i++) {
    const char = action[i]
    if (char === '\\') i++
    else if (char === '{') {
      depth++
      if (depth === 2 && action.startsWith('{TARGETENTRY', i)) start = i
    } else if (char === '}') {
      if (depth === 2 && start >= 0) {
        const target = readTarget(action.slice(start, i))
        if (target) targets.push(target)
        start = -1
      }
      depth--
    }
  }
  return targets
}

function readTarget(entry: string): Target | undefined {
  // The expression comes first and may hold entries of its own: the last match is this one's.
  const own = entry.slice(entry.lastIndexOf(':resno '))
  const number = (name: string) => Number(new RegExp(`:${name} (\\d+)`).exec(own)?.[1] ?? 0)
  if (/:resjunk true/.test(own)) return undefined
  return { position: number('resno'), table: number('resorigtbl'), attribute: number('resorigcol') }
}
