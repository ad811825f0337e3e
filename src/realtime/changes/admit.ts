import { type RawBuilder, sql } from 'kysely'
import { type Caller, type CallerPool, compileSql, type Statement } from '#database'
import { RefusedBindings } from '../channels/index.ts'
import { type Binding, describe } from './binding.ts'
import { fits, isKeywords, typed } from './predicate.ts'
import type { Filter } from './read-filter.ts'
import { type ColumnFacts, readTableFacts, type TableFacts } from './table-facts.ts'

/** Values of one `in` filter at most, as upstream has it. */
const mostValues = 100

/**
 * Asks the database, as the caller, whether there is such a published table, with columns that the caller may select and
 * that the filters' values can be compared with.
 *
 * @see supabase/realtime, `realtime.subscription_check_filters`
 * @throws RefusedBindings with upstream's message
 */
export async function admit(callers: CallerPool, caller: Caller, binding: Binding): Promise<void> {
  const { schema, table: name } = binding
  const tables = await readTableFacts(callers, caller, { schema, name })
  if (tables.length === 0) {
    throw new RefusedBindings(
      `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: ${describe(binding)}`,
    )
  }
  for (const table of tables) {
    const broken = checkNames(binding, table) ?? (await tryValues(callers, caller, binding, table))
    if (broken !== undefined) throw refusal(binding, broken)
  }
}

function refusal(binding: Binding, reason: string): RefusedBindings {
  return new RefusedBindings(
    `Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: ${describe(binding)}. Exception: ERROR ${reason}`,
  )
}

const raised = (message: string) => `P0001 (raise_exception) ${message}`

function checkNames({ filters, select = [] }: Binding, { columns }: TableFacts): string | undefined {
  const column = (name: string) => columns.find((one) => one.name === name && one.isSelectable)
  for (const { column: name, operator, value } of filters) {
    const found = column(name)
    if (!found) return raised(`invalid column for filter ${name}`)
    if (found.spelled === undefined) return raised(`failed to lookup type for column ${name}`)
    if (/like$/.test(operator) && endsInEscape(value)) return endlessEscape
    if (operator !== 'is') continue
    if (!(isKeywords as readonly string[]).includes(value)) {
      return raised('invalid value for is filter: must be null, true, false, or unknown')
    }
    if (value !== 'null' && found.spelled !== 'boolean') {
      return raised(`is ${value} filter requires a boolean column, got ${found.spelled}`)
    }
  }
  const unknown = select.find((name) => !column(name))
  return unknown === undefined ? undefined : raised(`invalid column for select ${unknown}`)
}

/** A pattern that would fail, and only where a value gets that far. */
const endsInEscape = (pattern: string) => (/\\*$/.exec(pattern)?.[0].length ?? 0) % 2 === 1
const endlessEscape = '22025 (invalid_escape_sequence) LIKE pattern must not end with escape character'

/** Compares each value with nothing: what fails now would fail with every change. */
async function tryValues(
  callers: CallerPool,
  caller: Caller,
  { filters }: Binding,
  { columns }: TableFacts,
): Promise<string | undefined> {
  const statements = filters.map((filter) =>
    trial(filter, columns.find(({ name }) => name === filter.column) as ColumnFacts),
  )
  if (statements.length === 0) return undefined
  try {
    const counts = await callers.run(caller, undefined, statements)
    const tooMany = filters.some(({ operator }, i) => operator === 'in' && Number(counts[i]) > mostValues)
    return tooMany ? raised(`too many values for \`in\` filter. Maximum ${mostValues}`) : undefined
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string }
    // Anything else is no fault of the filter: the database may be away.
    if (code === undefined || !/^(22|23|42|54)/.test(code)) throw error
    return `${code} (${conditions[code] ?? 'error'}) ${message}`
  }
}

/** One value: how many there are in it. The value is read by itself, since nothing is compared with null. */
function trial(filter: Filter, column: ColumnFacts): Statement {
  const { spelled: type = 'text' } = column
  const value = sql`${filter.value}::text`
  const { text, parameters } = compileSql(
    sql`select concat(${sizeOf(filter, type, value)}, ${fits(filter, column, sql`null`, value)})`,
  )
  return { text, values: parameters }
}

function sizeOf({ operator }: Filter, type: string, value: RawBuilder<unknown>): RawBuilder<unknown> {
  if (operator === 'in') return sql`cardinality(${typed(value, `${type}[]`)})`
  if (operator === 'is') return sql`1`
  if (operator === 'match' || operator === 'imatch') return sql`left(('' ~ ${value})::text, 0)`
  return sql`left(${typed(value, type)}::text, 0)`
}

/** What a filter's value mostly is wrong about, by the names of "PostgreSQL Error Codes". */
const conditions: Readonly<Record<string, string>> = {
  '22P02': 'invalid_text_representation',
  '2201B': 'invalid_regular_expression',
  '22003': 'numeric_value_out_of_range',
  '22007': 'invalid_datetime_format',
  '22008': 'datetime_field_overflow',
  '22001': 'string_data_right_truncation',
  '22023': 'invalid_parameter_value',
  '22025': 'invalid_escape_sequence',
  '23514': 'check_violation',
  '42704': 'undefined_object',
  '42725': 'ambiguous_function',
  '42883': 'undefined_function',
}
