import { sql } from 'kysely'
import { compileSql, concat, type Fragment, jsonDialect, objectText, type Text } from '#database'
import { type ChangePlan, type OperationPlan, type RootPlan, userError } from '../plan/index.ts'
import { changeStatements } from './changes.ts'
import { entitiesJson } from './entities.ts'
import { jsonText } from './json-text.ts'
import type { Parameter } from './parameter.ts'
import type { Compilation } from './row-source.ts'
import { rowJson, rowsJson } from './rows.ts'
import { callSql, keepRows } from './source.ts'

/** SQL whose parameters are bound anew for each request. */
export interface CompiledStatement {
  readonly text: string
  readonly parameters: readonly Parameter[]
}

export interface CompiledOperation {
  readonly statements: readonly CompiledStatement[]
  /**
   * How the answers become the `data` object: literal text, or the number of the statement whose text goes there.
   * A query is one statement whose answer is all of it.
   */
  readonly body: readonly (string | number)[]
}

/** A query becomes one statement; a mutation one (or, for relations in their new state, two) a root field, in order. */
export function compileOperation(plan: OperationPlan, serverVersion: number): CompiledOperation {
  let aliases = 0
  const compilation: Compilation = { json: jsonDialect(serverVersion), alias: () => `t${++aliases}` }

  if (plan.kind === 'query') {
    const fields = plan.roots.map((root): [string, Text | readonly Text[]] => [root.key, readText(root, compilation)])
    return { statements: [compile(sql`select ${concat(objectText(fields))}`)], body: [0] }
  }

  const statements: CompiledStatement[] = []
  const fields = plan.roots.map((root, i): [string, number | string] => {
    if (root.kind === 'constant') return [root.key, root.json]
    const own = isChange(root) ? changeStatements(root, i, compilation) : callStatements(root, i, compilation)
    statements.push(...own.map(compile))
    return [root.key, statements.length - 1]
  })
  return { statements, body: ['{', ...fields.flatMap(([key, part], i) => [`${i > 0 ? ',' : ''}"${key}":`, part]), '}'] }
}

/** A function that writes is called first: a statement does not see what a function it calls has changed. */
function callStatements(root: RootPlan, index: number, compilation: Compilation): Fragment[] {
  const read = (root: RootPlan) => sql`select ${concat(readText(root, compilation))}`
  const called = root.kind === 'rows' ? root.rows : root.kind === 'row' ? root.row : undefined
  if (called?.source.kind !== 'call') return [read(root)]
  const { call } = called.source
  const { returns } = call.field
  if (returns.kind === 'value') return [read(root)]
  const setting = `portico.called_${index}`
  const source = { kind: 'kept', setting, entity: returns.entity() } as const
  const later =
    root.kind === 'rows'
      ? { ...root, rows: { ...root.rows, source } }
      : root.kind === 'row'
        ? { ...root, row: { ...root.row, source } }
        : root
  return [keepRows(call, setting), read(later)]
}

function isChange(root: RootPlan): root is ChangePlan {
  return root.kind === 'insert' || root.kind === 'update' || root.kind === 'delete' || root.kind === 'write'
}

function readText(root: RootPlan, compilation: Compilation): Text | Text[] {
  switch (root.kind) {
    case 'constant':
      return root.json
    case 'nothing':
      return 'null'
    case 'rows':
      return rowsJson(root.rows, undefined, compilation)
    case 'row':
      return rowJson(root.row, undefined, compilation)
    case 'entities':
      return entitiesJson(root.entities, compilation)
    case 'value':
      return jsonText(callSql(root.call), root.type, false, compilation.json)
    default:
      throw new Error(`${root.kind} is not a read`)
  }
}

/** The protocol counts them in 16 bits. */
const maxParameters = 65_535

function compile(statement: Fragment): CompiledStatement {
  const { text, parameters } = compileSql(statement)
  if (parameters.length > maxParameters) {
    throw userError(
      'The operation holds too many values. Rows to insert take one together if they name the same columns.',
    )
  }
  return { text, parameters: parameters as readonly Parameter[] }
}
