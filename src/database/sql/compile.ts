import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Fragment } from './fragment.ts'

/** A Kysely that compiles and runs nothing: what it compiles runs elsewhere, as another role, many times. */
export function createCompiler<Tables>(): Kysely<Tables> {
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  })
}

const compiler = createCompiler<unknown>()

/** A statement's text, and its parameters in order. */
export function compileSql(statement: Fragment): { readonly text: string; readonly parameters: readonly unknown[] } {
  const { sql: text, parameters } = statement.compile(compiler)
  return { text, parameters }
}
