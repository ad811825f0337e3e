import { createHash } from 'node:crypto'
import { type GraphQLSchema, printSchema } from 'graphql'
import type { CatalogWatch } from '#database'
import type { Observe } from '#observe'
import { buildModel } from './model/index.ts'
import { buildSchema, type SchemaExtension } from './schema/index.ts'

export interface SchemasOptions {
  readonly catalog: CatalogWatch
  /** The services' fields and the project's own; asked anew for each build. */
  readonly extensions: () => readonly SchemaExtension[]
  readonly observe: Observe
}

/** The GraphQL schema of each role, built when first asked for and built anew when the database has changed. */
export interface Schemas {
  of(role: string): Promise<GraphQLSchema>
  /** Forgets what was built: the project's own fields have changed. */
  reset(): void
}

export function createSchemas({ catalog, extensions, observe }: SchemasOptions): Schemas {
  let version = ''
  let byRole = new Map<string, Promise<GraphQLSchema>>()
  let byText = new Map<string, GraphQLSchema>()

  async function build(role: string): Promise<GraphQLSchema> {
    const started = performance.now()
    const known = byText
    const schema = buildSchema(buildModel(catalog.current, await catalog.privileges(role)), extensions())
    observe({ kind: 'schema', version: catalog.current.version, ms: performance.now() - started })
    // Roles that see the same share one schema, and with it every plan.
    const text = createHash('sha256').update(printSchema(schema)).digest('base64url')
    const same = known.get(text) ?? schema
    known.set(text, same)
    return same
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
