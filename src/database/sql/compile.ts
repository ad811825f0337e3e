import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { Fragment } from './fragment.ts'

/** Compiles statements without being connected anywhere: they run elsewhere, as another role, many times. */
const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

/** A statement's text, and its parameters in order. */
export function compileSql(statement: Fragment): { readonly text: string; readonly parameters: readonly unknown[] } {
  const { sql: text, parameters } = statement.compile(compiler)
  return { text, parameters }
}
