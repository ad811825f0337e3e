import { RefusedBindings, type TableBinding } from '../channels/index.ts'
import { type Filter, MalformedFilter, readFilters } from './read-filter.ts'
import { any } from './table-facts.ts'

/** What a client subscribes to, read and checked for its form. */
export interface Binding {
  readonly id: number
  readonly action: 'INSERT' | 'UPDATE' | 'DELETE' | '*'
  /** `*` is every schema. */
  readonly schema: string
  /** `*` is every table. */
  readonly table: string
  readonly filters: readonly Filter[]
  /** Undefined for all columns. */
  readonly select: readonly string[] | undefined
}

/**
 * @see supabase/realtime, `Extensions.PostgresCdcRls.Subscriptions.parse_subscription_params`
 * @throws RefusedBindings with upstream's message
 */
export function readBinding(given: TableBinding): Binding {
  const { id, event, schema, table = any, filter, select } = given
  const action = event.toUpperCase()
  if (JSON.stringify(given).includes('\\u0000')) {
    throw new RefusedBindings('Unable to subscribe to changes: there is no null character in names and filters.')
  }
  if (filter !== undefined && given.table === undefined) {
    throw new RefusedBindings(
      `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${shown(given)}`,
    )
  }
  if (select !== undefined && select.length > 0 && (schema === any || table === any)) {
    throw new RefusedBindings(
      'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
    )
  }
  return {
    id,
    action: action === 'INSERT' || action === 'UPDATE' || action === 'DELETE' ? action : any,
    schema,
    table,
    filters: filtersOf(filter),
    select: select === undefined || select.length === 0 ? undefined : select,
  }
}

function filtersOf(filter: string | undefined): readonly Filter[] {
  try {
    return readFilters(filter ?? '')
  } catch (error) {
    if (!(error instanceof MalformedFilter)) throw error
    throw new RefusedBindings(`Error parsing \`filter\` params: ${error.message}`)
  }
}

/** As upstream lists them, which is Elixir's way. */
export function describe({ action, schema, table, filters, select }: Binding): string {
  const tuples = filters.map(({ column, operator, value, negate }) => {
    return `{${[column, operator, value].map((text) => JSON.stringify(text)).join(', ')}, ${negate}}`
  })
  const columns = select ? `[${select.map((name) => JSON.stringify(name)).join(', ')}]` : 'nil'
  return `[event: ${action}, schema: ${schema}, table: ${table}, filters: [${tuples.join(', ')}], select: ${columns}]`
}

function shown({ event, schema, filter }: TableBinding): string {
  const entries = Object.entries({ event, filter, schema }).map(
    ([key, value]) => `"${key}" => ${JSON.stringify(value)}`,
  )
  return `%{${entries.join(', ')}}`
}
