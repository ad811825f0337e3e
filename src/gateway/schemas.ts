import { createHash } from 'node:crypto'
import type { GraphQLSchema } from 'graphql'
import { type Catalog, type CatalogWatch, type Privileges, withinSchemas } from '#database'
import type { Observe } from '#observe'
import { limitIntrospection } from './introspection.ts'
import { buildModel, type Model, type ReservedNames } from './model/index.ts'
import { buildSchema, type SchemaExtension, type SchemaOptions } from './schema/index.ts'

export interface SchemasOptions {
  readonly catalog: CatalogWatch
  /** The services' fields and the project's own; asked anew for each build. */
  readonly extensions: () => readonly SchemaExtension[]
  /** What tables and functions cannot be called. */
  readonly reserved: ReservedNames
  /** Whether introspection sees what no comment opens or closes. */
  readonly introspects: boolean
  readonly schema: SchemaOptions
  /** What to say of a schema that cannot be built. */
  readonly mistake: (error: unknown) => unknown
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
  let byPrivileges = new Map<string, GraphQLSchema>()
  let bySight = new Map<string, GraphQLSchema>()
  const told = new Set<string>()

  async function build(role: string): Promise<GraphQLSchema> {
    const [alike, known] = [byPrivileges, bySight]
    const privileges = await catalog.privileges(role)
    const same = alike.get(privileges.fingerprint) ?? make(privileges, known)
    alike.set(privileges.fingerprint, same)
    return same
  }

  function make(privileges: Privileges, known: Map<string, GraphQLSchema>): GraphQLSchema {
    const started = performance.now()
    const current = ofEveryApi(catalog.current)
    const own = extensions()
    const model = buildModel(current, privileges, reserved)
    // Roles that see the same share one schema, and with it every plan.
    const seen = createHash('sha256').update(whatIsSeen(model)).digest('base64url')
    const schema = known.get(seen) ?? buildSchema(model, own, options.schema)
    if (!known.has(seen)) {
      limitIntrospection(schema, {
        catalog: current,
        byDefault: options.introspects,
        build: (part) => buildSchema(buildModel(part, privileges, reserved), own, options.schema),
      })
    }
    known.set(seen, schema)
    for (const table of model.unnamed) tell(table)
    observe({ kind: 'schema', version: current.version, ms: performance.now() - started })
    return schema
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
    byPrivileges = new Map()
    bySight = new Map()
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
      const building = build(role).catch((error: unknown) => {
        own.delete(role)
        throw options.mistake(error)
      })
      own.set(role, building)
      return building
    },
    reset,
  }
}

/** What only the Data API shows is not for this one. */
function ofEveryApi(catalog: Catalog): Catalog {
  const ofRest = new Set(catalog.schemas.flatMap((one) => (one.ofRest ? [one.name] : [])))
  return ofRest.size === 0 ? catalog : withinSchemas(catalog, (name) => !ofRest.has(name))
}

/** Two models of one catalogue are the same if what privileges decide of them is: the schema is made from nothing else. */
function whatIsSeen({ entities, functions }: Model): string {
  const seen = entities.map(({ table, columns, insertable, updatable, deletable, relations, computed }) => [
    table.oid,
    columns.map(({ readable, type }) => `${readable ? 'r' : '-'}${type.kind}`),
    insertable.map(({ name }) => name),
    updatable.map(({ name }) => name),
    deletable,
    relations.map(({ name, certain }) => [name, certain]),
    computed.map(({ fn }) => fn.oid),
  ])
  return JSON.stringify([seen, functions.map(({ fn }) => fn.oid)])
}
