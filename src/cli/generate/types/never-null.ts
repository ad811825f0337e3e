import { atom, isNode, nodesOf, type TreeNode, type TreeValue } from './node-tree.ts'
import type { Origin } from './view-columns.ts'

type Holds = (origin: Origin) => boolean

/** What never answers null whatever it is given, by oid: `count(…)`, `row_number()`, `rank()`, `dense_rank()`. */
const counting = new Set(['2147', '2803', '3100', '3101', '3102'])

/** As Postgres numbers them: src/include/nodes/parsenodes.h (RTEKind), primnodes.h (SubLinkType). */
const entryKind = { relation: '0', subquery: '1', cte: '6', group: '9' } as const
const existsSublink = '0'

/**
 * Whether a column of a query can be told never to be null. What is not known for certain may be: what functions and
 * operators answer, and all of a join's further side, for which Postgres notes the joins that may null a column
 * (`varnullingrels`, since Postgres 16).
 */
export function neverNull(query: TreeNode, column: number, holds: Holds): boolean {
  // Of a union its parts are subqueries; the outer list names those of the first.
  if (isNode(query.fields.get('setOperations'))) {
    return entriesOf(query).every((entry) => {
      const part = entry.fields.get('subquery')
      return isNode(part) && neverNull(part, column, holds)
    })
  }
  if (isNulledUnseen(query)) return false
  const entry = nodesOf(query.fields.get('targetList')).find((one) => Number(atom(one, 'resno')) === column)
  return entry !== undefined && isNever(entry.fields.get('expr'), query, holds)
}

/** Until Postgres 18 nothing of a variable tells that a grouping set which lacks it nulls it. */
function isNulledUnseen(query: TreeNode): boolean {
  const hasSets = nodesOf(query.fields.get('groupingSets')).length > 0
  return hasSets && !entriesOf(query).some((entry) => atom(entry, 'rtekind') === entryKind.group)
}

const entriesOf = (query: TreeNode) => nodesOf(query.fields.get('rtable'))

function isNever(value: TreeValue | undefined, query: TreeNode, holds: Holds): boolean {
  if (!isNode(value)) return false
  const never = (inner: TreeValue | undefined) => isNever(inner, query, holds)
  const all = (inner: TreeValue | undefined) => nodesOf(inner).every(never)
  const { type, fields } = value
  switch (type) {
    case 'VAR':
      return isNeverVariable(value, query, holds)
    case 'CONST':
      return atom(value, 'constisnull') === 'false'
    case 'AGGREF':
      return counting.has(atom(value, 'aggfnoid') ?? '')
    case 'WINDOWFUNC':
      return counting.has(atom(value, 'winfnoid') ?? '')
    case 'COALESCEEXPR':
      return nodesOf(fields.get('args')).some(never)
    case 'RELABELTYPE':
    case 'COERCEVIAIO':
      return never(fields.get('arg'))
    case 'BOOLEXPR':
      return all(fields.get('args'))
    case 'CASEEXPR':
      return (
        never(fields.get('defresult')) && nodesOf(fields.get('args')).every((arm) => never(arm.fields.get('result')))
      )
    case 'NULLTEST':
    case 'BOOLEANTEST':
    case 'DISTINCTEXPR':
      return true
    case 'SUBLINK':
      return atom(value, 'subLinkType') === existsSublink
    default:
      return false
  }
}

function isNeverVariable(variable: TreeNode, query: TreeNode, holds: Holds): boolean {
  const nulledBy = variable.fields.get('varnullingrels')
  const isNulled = !Array.isArray(nulledBy) || nulledBy.length !== 1
  if (isNulled || atom(variable, 'varlevelsup') !== '0') return false
  const [entry, column] = [entriesOf(query)[Number(atom(variable, 'varno')) - 1], Number(atom(variable, 'varattno'))]
  if (!entry || !(column > 0)) return false
  const subquery = entry.fields.get('subquery')
  switch (atom(entry, 'rtekind')) {
    case entryKind.relation:
      return holds({ relation: Number(atom(entry, 'relid')), column })
    case entryKind.subquery:
      return isNode(subquery) && neverNull(subquery, column, holds)
    case entryKind.cte: {
      const name = atom(entry, 'ctename')
      const isOwn = atom(entry, 'ctelevelsup') === '0' && atom(entry, 'self_reference') === 'false'
      const cte = nodesOf(query.fields.get('cteList')).find((one) => atom(one, 'ctename') === name)
      const inner = cte?.fields.get('ctequery')
      return (
        isOwn && atom(cte as TreeNode, 'cterecursive') === 'false' && isNode(inner) && neverNull(inner, column, holds)
      )
    }
    case entryKind.group:
      return isNever(nodesOf(entry.fields.get('groupexprs'))[column - 1], query, holds)
    default:
      return false
  }
}
