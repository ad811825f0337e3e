/** A node of Postgres' trees; a field's value is what is written behind its name. */
export interface TreeNode {
  readonly type: string
  readonly fields: ReadonlyMap<string, TreeValue>
}

export type TreeValue = string | TreeNode | readonly TreeValue[]

/**
 * Reads a tree in the text form of `pg_node_tree`: `{TYPE :field value …}`, lists in parentheses, and atoms, with a
 * backslash before what would end one. See Postgres' src/backend/nodes/outfuncs.c and read.c.
 */
export function readTree(text: string): TreeValue {
  const tokens = text.matchAll(/[(){}]|(?:\\.|[^\s(){}\\])+/gs)
  const next = (): string | undefined => tokens.next().value?.[0]

  const value = (token: string): TreeValue => (token === '{' ? node() : token === '(' ? list() : token)
  const list = (): TreeValue[] => {
    const values: TreeValue[] = []
    for (let token = next(); token !== undefined && token !== ')'; token = next()) values.push(value(token))
    return values
  }
  const node = (): TreeNode => {
    const type = next() ?? ''
    const fields = new Map<string, TreeValue>()
    let field = ''
    for (let token = next(); token !== undefined && token !== '}'; token = next()) {
      if (token.startsWith(':')) field = token.slice(1)
      // Of a constant's bytes the first token alone is kept.
      else if (fields.has(field)) value(token)
      else fields.set(field, value(token))
    }
    return { type, fields }
  }
  return value(next() ?? '')
}

export const isNode = (value: TreeValue | undefined): value is TreeNode =>
  value !== undefined && typeof value !== 'string' && 'type' in value

/** The nodes of a list; none where there is no list. */
export function nodesOf(value: TreeValue | undefined): readonly TreeNode[] {
  return Array.isArray(value) ? value.filter(isNode) : []
}

export const atom = ({ fields }: TreeNode, field: string): string | undefined => {
  const value = fields.get(field)
  return typeof value === 'string' ? value : undefined
}
