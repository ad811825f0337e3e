import { createHash } from 'node:crypto'
import { type GraphQLSchema, printSchema } from 'graphql'
import type { CatalogWatch } from '#database'
import type { Observe } from '#observe'
import { limitIntrospection } from './introspection.ts'
import { buildModel, type Model, type ReservedNames } from './model/index.ts'
import { buildSchema, type SchemaExtension } from './schema/index.ts'

export interface SchemasOptions {
  readonly catalog: CatalogWatch
  /** The services' fields and the project's own; asked anew for each build. */
  readonly extensions: () => readonly SchemaExtension[]
  /** What tables and functions cannot be called. */
  readonly reserved: ReservedNames
  /** Whether introspection sees what no comment opens or closes. */
  readonly introspects: boolean
  readonly observe: Observe
}

/** The GraphQL schema of each role, built when first asked for and built anew when the database has changed. */
export interface Schemas {
  of(role: string): Promise<GraphQLSchema>
  /** Forgets what was built: the project's own fields have changed. */
  reset(): void
}

export function createSchemas(options: SchemasOptions): Schemas {
  const { catalog, extensions, reserved, observe } = options
  let version = ''
  let byRole = new Map<string, Promise<GraphQLSchema>>()
  let byText = new Map<string, GraphQLSchema>()
  const told = new Set<string>()

  async function build(role: string): Promise<GraphQLSchema> {
    const started = performance.now()
    const known = byText
    const privileges = await catalog.privileges(role)
    const { current } = catalog
    const own = extensions()
    const model = buildModel(current, privileges, reserved)
    const schema = buildSchema(model, own)
    limitIntrospection(schema, {
      catalog: current,
      byDefault: options.introspects,
      build: (part) => buildSchema(buildModel(part, privileges, reserved), own),
    })
    for (const table of model.unnamed) tell(table)
    observe({ kind: 'schema', version: current.version, ms: performance.now() - started })
    // Roles that see the same share one schema, and with it every plan.
    const text = createHash('sha256').update(printSchema(schema)).update(sourcesOf(model)).digest('base64url')
    const same = known.get(text) ?? schema
    known.set(text, same)
    return same
  }

  function tell(table: string): void {
    if (told.has(table)) return
    told.add(table)
    const remedy = `comment on table ${table} is '@graphql({"name": "…"})'`
    const text = `${table} is not in the API: a type of that name is there already. Give it another: ${remedy}`
    observe({ kind: 'message', level: 'warn', text })
  }

  function reset(): void {
    byRole = new Map()
    byText = new Map()
  }

  return {
    of(role) {
      if (version !== catalog.current.version) {
        version = catalog.current.version
        reset()
      }
      const known = byRole.get(role)
      if (known) return known
      const own = byRole
      const building = build(role)
      building.catch(() => own.delete(role))
      own.set(role, building)
      return building
    },
    reset,
  }
}

/** What is behind the names: tables of two schemas may look alike. */
function sourcesOf({ entities, functions }: Model): string {
  const computed = entities.flatMap((entity) => entity.computed)
  return [...entities.map(({ table }) => table.oid), ...[...functions, ...computed].map(({ fn }) => fn.oid)].join()
}
