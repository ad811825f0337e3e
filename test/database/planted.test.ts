import { describe, expect, test } from 'vitest'
import { applyBaseline, standIns } from '#database'
import { administer } from '../support/administer.ts'
import { cloneDatabase, useDatabase } from '../support/database.ts'
import { baselineOptions } from '../support/platform.ts'
import { attempt, connected } from './sql-client.ts'

// A trusted extension's script runs as a superuser in a schema that `postgres` may create in. What fits a call of the script
// more exactly than the catalogue's own is taken before it, wherever pg_catalog stands in the search path.
const functions: readonly [name: string, args: string, returns: string][] = [
  ['format', 'text, text', 'text'],
  ['format', 'text, text, text', 'text'],
  ['format', 'text, text, text, text', 'text'],
  ['format', 'text, text, text, text, text, text', 'text'],
  ['replace', 'text, text, text', 'text'],
  ['current_setting', 'text', 'text'],
  ['cardinality', 'real[]', 'integer'],
  ['array_position', 'real[], real', 'integer'],
  ['array_agg', 'double precision', 'double precision[]'],
  ['btarraycmp', 'real[], real[]', 'integer'],
  ['hash_array', 'real[]', 'integer'],
  ['unnest', 'real[]', 'setof real'],
  ['unnest', 'double precision[]', 'setof double precision'],
  ['nextval', 'text', 'bigint'],
  ['encode', 'bytea, unknown_text', 'text'],
  ['jsonb_build_array', 'jsonb', 'jsonb'],
  ['jsonb_build_object', 'text, jsonb, text, jsonb', 'jsonb'],
  ['inet_server_port', 'integer default 1', 'integer'],
]
const operators: readonly [name: string, of: string, returns: string][] = [
  ['||', 'text', 'text'],
  ['||', 'real[]', 'real[]'],
  ['=', 'name', 'boolean'],
  ['=', 'real[]', 'boolean'],
  ['<', 'real[]', 'boolean'],
  ['*', 'real', 'double precision'],
]
const escalate = `if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    execute 'alter role postgres superuser';
  end if;
  perform pg_catalog.set_config('planted.called', 'true', false);`

const plant = (schema: string) => [
  `create domain ${schema}.unknown_text as text`,
  ...functions.map(([name, args, returns]) => {
    const types = args.replaceAll('unknown_text', `${schema}.unknown_text`)
    const passed = args.split(', ').map((_, n) => `$${n + 1}`)
    const answer = returns.startsWith('setof')
      ? `return query select pg_catalog.${name}(${passed})`
      : `return pg_catalog.${name}(${args.includes('default') ? '' : passed})`
    return `create function ${schema}.${name}(${types}) returns ${returns} language plpgsql as $$ begin ${escalate} ${answer}; end $$`
  }),
  ...operators.flatMap(([name, of, returns], n) => [
    `create function ${schema}.planted_${n}(${of}, ${of}) returns ${returns} language plpgsql
      as $$ begin ${escalate} return $1 operator(pg_catalog.${name}) $2; end $$`,
    `create operator ${schema}.${name} (leftarg = ${of}, rightarg = ${of}, procedure = ${schema}.planted_${n})`,
  ]),
]

/** Fails where an object of the extension is bound to one of them. */
const uproot = (schema: string) => `do $$
  declare planted record;
  begin
    for planted in select o.oid::regoperator as name from pg_operator o
      where o.oprnamespace = '${schema}'::regnamespace and o.oprowner = 'postgres'::regrole
    loop execute pg_catalog.format('drop operator %s restrict', planted.name); end loop;
    for planted in select p.oid::regprocedure as name from pg_proc p
      where p.pronamespace = '${schema}'::regnamespace and p.proowner = 'postgres'::regrole
    loop execute pg_catalog.format('drop function %s restrict', planted.name); end loop;
  end $$`

describe('what is planted in the schema of an extension is neither called nor bound', () => {
  test.each(standIns.map(({ name, schema = 'planted', genuine = false }) => [name, schema, genuine] as const))(
    '%s',
    async (name, schema, genuine) => {
      const database = await cloneDatabase()
      try {
        await administer(
          database.connections,
          // It refuses such a schema to begin with, where the extension has it to itself.
          'drop event trigger portico_platform_schemas',
          `drop extension if exists "${name}" cascade`,
          `drop schema if exists "${schema}" cascade`,
        )
        await connected(database.connections, 'postgres', async (client) => {
          const one = async (expression: string) =>
            Object.values((await client.query<Record<string, unknown>>(`select ${expression}`)).rows[0] ?? {})[0]
          await client.query(`create schema ${schema}`)
          for (const statement of plant(schema)) await client.query(statement)
          await client.query(`create extension "${name}" with schema ${schema} cascade`)
          expect(await one("rolsuper from pg_roles where rolname = 'postgres'")).toBe(false)
          // A genuine one has no rights but those of whoever planted it.
          if (!genuine) {
            expect(await one("current_setting('planted.called', true)")).toBeNull()
            await client.query(uproot(schema))
          }
          if (name === 'vector') expect(await one(`${schema}.vector_dims('[1,2,3]'::${schema}.vector)`)).toBe(3)
        })
      } finally {
        // Only where it was: others read the same row, and may be changing it.
        await administer(
          database.connections,
          `do $$ begin if (select rolsuper from pg_roles where rolname = 'postgres') then alter role postgres nosuperuser; end if; end $$`,
        )
        await database.drop()
      }
    },
  )
})

const administered = ['cron', 'net', 'portico', 'portico_worker', 'vault']

describe('a schema that the administrator works in', () => {
  const database = useDatabase('drop extension pg_net, supabase_vault cascade')

  test.each(administered)('is made by nobody else: %s', async (schema) => {
    await administer(database.connections, `drop schema if exists ${schema} cascade`)
    const made = await connected(database.connections, 'postgres', (client) =>
      attempt(client, 'postgres', [`create schema ${schema}`]),
    )
    const renamed = await connected(database.connections, 'postgres', (client) =>
      attempt(client, 'postgres', ['create schema mine', `alter schema mine rename to ${schema}`]),
    )
    expect([made, renamed]).toEqual(['42501', '42501'])
  })

  test.each(administered)('is refused at start where %s is somebody else’s, who may move it away', async (schema) => {
    const database = await cloneDatabase()
    try {
      // As before the event trigger was made that keeps these schemas.
      await administer(
        database.connections,
        'drop event trigger portico_platform_schemas',
        'drop extension if exists pg_net, pg_cron, supabase_vault cascade',
        `drop schema if exists ${schema} cascade`,
        `create schema ${schema} authorization postgres`,
      )
      await expect(applyBaseline(database.connections, baselineOptions)).rejects.toMatchObject({
        code: 'POSTGRES_FAILED',
        message: expect.stringContaining(`The schema ${schema} belongs to postgres`),
        details: { schema, owner: 'postgres' },
      })
      if (schema === 'portico') return
      await connected(database.connections, 'postgres', (client) =>
        client.query(`alter schema ${schema} rename to ${schema}_before`),
      )
      await applyBaseline(database.connections, baselineOptions)
    } finally {
      await database.drop()
    }
  })
})
