import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, describe, expect, test } from 'vitest'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { createTestGateway, useGateway } from '../support/gateway.ts'
import { projectFolder } from '../support/project-folder.ts'

const slow = `slow_${crypto.randomUUID().slice(0, 8)}`

const database = useDatabase(
  readFileSync(join(import.meta.dirname, 'cases', 'schema.sql'), 'utf8'),
  `create role ${slow} nologin; grant ${slow} to authenticator; alter role ${slow} set statement_timeout = '1s';
   grant usage on schema public to ${slow};
   create function sleep(seconds float8) returns text language sql as $$ select pg_sleep(seconds)::text $$;
   create table spot (id int primary key, at point);
   create function caller() returns text stable language sql as $$ select auth.jwt() ->> 'sub' $$;
   create function fail(message text) returns text language plpgsql as $$ begin raise exception '%', message using hint = 'Try again.', detail = 'Line 1'; end $$;
   create function broken() returns text stable language plpgsql as $$ begin execute 'select secret from nowhere'; end $$;`,
)
const app = useGateway(database)
const production = useGateway(database, { mode: 'production' })
afterAll(async () => {
  await administer(database.connections, `drop owned by ${slow}; drop role ${slow}`)
})

const fieldsOf = async (type: string, role: string) => {
  const { data } = await app.graphql(`{ __type(name: "${type}") { fields { name } } }`, { role })
  const { fields } = (data?.__type ?? { fields: [] }) as { fields: { name: string }[] }
  return fields.map(({ name }) => name)
}

describe('what a role sees', () => {
  test.each([
    ['anon', []],
    ['authenticated', ['nodeId', 'id', 'hint']],
    ['service_role', ['nodeId', 'id', 'word', 'hint']],
  ])('%s of a table with column privileges', async (role, expected) => {
    expect(await fieldsOf('Secret', role)).toEqual(expected)
  })

  test('a type says what it is in the comment of its table', async () => {
    const { data } = await app.graphql(
      '{ a: __type(name: "Account") { description } c: __type(name: "Color") { enumValues { name } description } }',
    )
    expect(data).toEqual({
      a: { description: 'Whoever signed up.' },
      c: { description: 'A colour.', enumValues: [{ name: 'red' }, { name: 'green' }, { name: 'DARK_BLUE' }] },
    })
  })

  test('roles that see the same share one schema', async () => {
    expect(await app.gateway.printSchema('anon')).not.toBe(await app.gateway.printSchema('service_role'))
  })

  test('roles that see other tables by the same names do not', async () => {
    await administer(
      database.connections,
      `create schema other; comment on schema other is '@graphql({"inflect_names": true})';
       grant usage on schema other to anon, authenticated;
       create table other.thing (id int primary key, from_where text); insert into other.thing values (1, 'other');
       create table public.thing (like other.thing including all); insert into public.thing values (1, 'public');
       revoke all on public.thing, other.thing from anon, authenticated;
       grant select on public.thing to anon; grant select on other.thing to authenticated`,
    )
    const two = await createTestGateway(database, { schemas: ['public', 'other'] })
    for (const [role, expected] of [
      ['anon', 'public'],
      ['authenticated', 'other'],
    ] as const) {
      const { data } = await two.graphql('{ thing: thingCollection { edges { node { where: fromWhere } } } }', { role })
      expect(data?.thing).toEqual({ edges: [{ node: { where: expected } }] })
    }
    await two.close()
    await administer(database.connections, 'drop table public.thing, other.thing; drop schema other')
  })

  test('a role that does not exist sees no table and may ask nothing', async () => {
    const { errors } = await app.graphql('{ add(a: 1) }', { role: 'nobody_here' })
    expect(errors?.[0]?.message).toMatch(/Cannot query field "add"/)
  })
})

describe('the schema follows the database', () => {
  test('a column that comes and goes, and a grant', async () => {
    await administer(
      database.connections,
      `alter table profile add column town text; comment on column profile.town is 'Where.'`,
    )
    await app.refresh()
    expect(await fieldsOf('Profile', 'anon')).toContain('town')
    await administer(
      database.connections,
      'revoke select on profile from anon; grant select (account_id, bio) on profile to anon',
    )
    await app.refresh()
    expect(await fieldsOf('Profile', 'anon')).not.toContain('town')
    expect(await fieldsOf('Profile', 'authenticated')).toContain('town')
    await administer(database.connections, 'alter table profile drop column town; grant select on profile to anon')
    await app.refresh()
    expect(await fieldsOf('Profile', 'authenticated')).not.toContain('town')
  })

  test('it is told of the change by the database', async () => {
    await administer(database.connections, 'create table told (id int primary key)')
    await expect.poll(() => fieldsOf('Told', 'anon'), { interval: 50 }).toContain('id')
    await administer(database.connections, 'drop table told')
  })
})

describe('mutations', () => {
  const count = async () => {
    const { data } = await app.graphql(
      '{ accountCollection(filter: { email: { startsWith: "tx" } }) { edges { node { id } } } }',
    )
    const { accountCollection } = data as { accountCollection: { edges: unknown[] } }
    return accountCollection.edges.length
  }

  test('of one operation stand or fall together', async () => {
    const { data, errors } = await app.graphql(`mutation {
      a: insertIntoAccountCollection(objects: [{ email: "tx1@example.com" }]) { affectedCount }
      b: insertIntoAccountCollection(objects: [{ email: "tx1@example.com" }]) { affectedCount }
    }`)
    expect(data).toBeNull()
    expect(errors?.[0]).toEqual({
      message: 'duplicate key value violates unique constraint "account_email_key"',
      extensions: {
        code: 'CONSTRAINT_VIOLATION',
        sqlstate: '23505',
        constraint: 'account_email_key',
        columns: ['email'],
      },
    })
    expect(await count()).toBe(0)
  })

  test('that reach too far change nothing', async () => {
    const { errors } = await app.graphql(
      'mutation { updateAccountCollection(set: { score: "1" }, atMost: 2) { affectedCount } }',
    )
    expect(errors?.[0]?.message).toBe('update impacts too many records')
    const { data } = await app.graphql(
      '{ accountCollection(filter: { score: { eq: "1" } }) { edges { node { id } } } }',
    )
    expect(data).toEqual({ accountCollection: { edges: [] } })
  })

  test('a policy refuses, and says only that', async () => {
    const { errors } = await app.graphql(
      'mutation { insertIntoAccountCollection(objects: [{ email: "bad@example.com" }]) { records { id } } }',
    )
    expect(errors?.[0]).toEqual({
      message: 'new row violates row-level security policy for table "account"',
      extensions: { code: 'FORBIDDEN', sqlstate: '42501' },
    })
  })
})

describe('errors', () => {
  test.each([
    [
      'a value of the wrong form',
      '{ accountCollection(filter: { createdAt: { eq: "yesterdayish" } }) { edges { node { id } } } }',
      'BAD_USER_INPUT',
    ],
    ['a number that is none', '{ accountByPk(id: "1; drop table account") { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['more than fits', '{ accountByPk(id: "9999999999999999999") { id } }', 'BAD_USER_INPUT'],
    [
      'a comparison of what has none',
      '{ spotCollection(filter: { at: { eq: "(1,2)" } }) { edges { cursor } } }',
      'BAD_USER_INPUT',
    ],
    ['what a function raises', 'mutation { fail(message: "no") }', 'RAISED'],
  ])('%s', async (_name, document, code) => {
    const { errors } = await app.graphql(document)
    expect(errors?.[0]?.extensions).toMatchObject({ code })
  })

  test('what a function raises is for the caller to read', async () => {
    const { errors } = await production.graphql('mutation { fail(message: "Not on a Monday") }')
    expect(errors?.[0]).toEqual({
      message: 'Not on a Monday',
      extensions: { code: 'RAISED', sqlstate: 'P0001', detail: 'Line 1', hint: 'Try again.' },
    })
  })

  test('what went wrong inside is told in development only', async () => {
    const document = '{ broken }'
    expect((await app.graphql(document)).errors?.[0]?.message).toMatch(/nowhere/)
    expect((await production.graphql(document)).errors).toEqual([
      { message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ])
  })

  test('what a project’s resolver throws is logged, and told in development only', async () => {
    const thrown = `throw new TypeError('secret of /srv/app')`
    const file = `export default (builder) => {
      builder.queryField('boom', (t) => t.string({ resolve: () => { ${thrown} } }))
      builder.mutationField('boom', (t) => t.string({ nullable: false, resolve: async () => { ${thrown} } }))
      builder.queryField('none', (t) => t.string({ nullable: false, resolve: () => null }))
    }`
    const schemaFolder = await projectFolder({ 'boom.js': file })
    const logged: string[] = []
    const observe: Observe = (event) => {
      if (event.kind === 'message') logged.push(errorMessage(event.error))
    }
    const told = async (mode: 'development' | 'production', document: string) => {
      const gateway = await createTestGateway(database, { mode, schemaFolder, observe })
      const { errors } = await gateway.graphql(document)
      await gateway.close()
      return errors?.[0]
    }
    const masked = { message: 'Unexpected error.', extensions: { code: 'INTERNAL_SERVER_ERROR' } }
    expect(await told('production', '{ boom add(a: 1) }')).toMatchObject({ ...masked, path: ['boom'] })
    expect(await told('production', 'mutation { boom }')).toMatchObject(masked)
    expect(await told('production', '{ none }')).toMatchObject(masked)
    expect(await told('development', '{ boom }')).toMatchObject({ message: 'secret of /srv/app' })
    expect(logged.filter((text) => text === 'secret of /srv/app')).toHaveLength(3)
  })

  test('no alias gets in the way of what code is given', async () => {
    const loud = `t.string({ columns: ['email'], resolve: (row) => row.email.toUpperCase() })`
    const schemaFolder = await projectFolder({
      'loud.js': `export default (builder) => builder.tableField('account', 'loud', (t) => ${loud})`,
    })
    const gateway = await createTestGateway(database, { schemaFolder })
    const id = Buffer.from('["public", "account", 1]').toString('base64')
    const { data, errors } = await gateway.graphql(
      `{ node(nodeId: "${id}") { __typename: nodeId ... on Account { __row: id loud } } }`,
    )
    await gateway.close()
    expect(errors).toBeUndefined()
    expect(data).toEqual({ node: { __typename: id, __row: '1', loud: 'U1@EXAMPLE.COM' } })
  })

  test.each([
    ['account', 'email', 'account', 'Account.email'],
    ['a root', 'accountCollection', undefined, 'Query.accountCollection'],
  ])('a field of code that is called like one of %s is refused by its name', async (_of, name, table, told) => {
    const field = table ? `tableField('${table}', '${name}'` : `queryField('${name}'`
    const file = `export default (b) => b.${field}, (t) => t.string({ resolve: () => '' }))`
    const schemaFolder = await projectFolder({ 'twice.js': file })
    const gateway = await createTestGateway(database, { schemaFolder })
    await expect(gateway.gateway.printSchema('authenticated')).rejects.toMatchObject({
      code: 'PROJECT_SCHEMA_INVALID',
      message: expect.stringContaining(told),
    })
    await gateway.close()
  })

  test('a mistake in a file of code is told with its line', async () => {
    const schemaFolder = await projectFolder({
      'wrong.ts': "export default (b) =>\n  b.queryField('x', (t) => t.strng({ resolve: () => '' }))\n",
    })
    const gateway = await createTestGateway(database, { schemaFolder })
    await expect(gateway.gateway.printSchema('authenticated')).rejects.toMatchObject({
      code: 'PROJECT_SCHEMA_INVALID',
      message: 'schema/wrong.ts:2: t.strng is not a function',
    })
    await gateway.close()
  })

  test('a role’s own statement_timeout holds', async () => {
    await administer(database.connections, `grant execute on function sleep to ${slow}`)
    await app.callers.refreshRoleSettings()
    const ask = (seconds: number) =>
      app.graphql('mutation ($s: Float!) { sleep(seconds: $s) }', { role: slow, variables: { s: seconds } })
    expect((await ask(0)).errors).toBeUndefined()
    expect((await ask(5)).errors?.[0]?.extensions).toEqual({ code: 'TIMEOUT' })
  })
})

describe('production', () => {
  test.each([
    ['introspection', '{ __schema { types { name } } }', /introspection/i],
    [
      'a misspelt field',
      '{ acountCollection { edges { cursor } } }',
      /^Cannot query field "acountCollection" on type "Query"\.$/,
    ],
  ])('%s tells nothing of the schema', async (_name, document, message) => {
    const { errors } = await production.graphql(document)
    expect(errors?.[0]?.message).toMatch(message)
  })
})

describe('limits', () => {
  const nested = (levels: number): string =>
    levels === 0 ? 'id' : `owner { blogPostCollection { edges { node { ${nested(levels - 1)} } } } }`
  test.each([
    ['depth', `{ blogPostCollection { edges { node { ${nested(20)} } } } }`],
    ['root fields', `{ ${Array.from({ length: 200 }, (_, i) => `a${i}: add(a: 1)`).join(' ')} }`],
    [
      'fields by fragments of fragments',
      `{ accountCollection { edges { node { ...f0 } } } } ${Array.from({ length: 20 }, (_, i) => `fragment f${i} on Account { ${Array.from({ length: 4 }, () => (i < 19 ? `...f${i + 1}` : 'id')).join(' ')} }`).join(' ')}`,
    ],
  ])('%s', async (_name, document) => {
    const before = process.cpuUsage()
    const { errors } = await app.graphql(document)
    const { user, system } = process.cpuUsage(before)
    expect(errors?.map(({ extensions }) => extensions?.code)).toContain('OPERATION_TOO_COMPLEX')
    // Of the processor, which others do not take from it.
    expect((user + system) / 1e6).toBeLessThan(5)
  })
})

describe('a hostile client', () => {
  const filter = 'query ($f: AccountFilter) { accountCollection(filter: $f) { edges { cursor } } }'
  const insert = 'mutation ($r: [AccountInsertInput!]!) { insertIntoAccountCollection(objects: $r) { affectedCount } }'
  const nested = (levels: number): object => (levels === 0 ? { id: { eq: '1' } } : { not: nested(levels - 1) })
  const optional = Object.entries({
    id: '1',
    createdAt: null,
    favourite: null,
    tags: [],
    settings: '1',
    score: '1',
    verified: true,
  })
  const many = <T>(count: number, of: (i: number) => T) => Array.from({ length: count }, (_, i) => of(i))

  test.each<[string, string, Record<string, unknown>, RegExp]>([
    ['conditions nested deep', filter, { f: nested(2000) }, /nested 200 levels/],
    ['very many conditions', filter, { f: { or: many(9000, () => ({ id: { eq: '1' } })) } }, /5000 conditions/],
    [
      'more values than a statement takes',
      insert,
      {
        r: many(40_000, (i) => ({
          email: `${i}@x`,
          ...Object.fromEntries(optional.filter((_, bit) => i & (1 << bit))),
        })),
      },
      /too many values/,
    ],
  ])('%s: told so, as bad input', async (_name, document, variables, message) => {
    const { errors } = await production.graphql(document, { variables })
    expect(errors?.[0]?.message).toMatch(message)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('many rows of a few shapes are a statement each shape', async () => {
    const rows = many(300, (i) =>
      i % 2 ? { email: `m${i}@example.com` } : { email: `m${i}@example.com`, score: '7.00' },
    )
    const document = `mutation ($r: [AccountInsertInput!]!) { insertIntoAccountCollection(objects: $r) { affectedCount records { email score } } }`
    expect(await app.gateway.explain('authenticated', document, { r: rows })).toHaveLength(3)
    const { data, errors } = await app.graphql(document, { variables: { r: rows } })
    expect(errors).toBeUndefined()
    const records = rows.map(({ email, score = null }) => ({ email, score }))
    expect(data?.insertIntoAccountCollection).toEqual({ affectedCount: 300, records })
    await app.graphql(
      'mutation { deleteFromAccountCollection(filter: { email: { startsWith: "m" } }, atMost: 300) { affectedCount } }',
    )
  })

  test('large documents, each another, do not pile up in memory', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const used = () => {
      collect()
      return process.memoryUsage().heapUsed / 2 ** 20
    }
    const large = (i: number) =>
      `{ a${i}: add(a: 1) } ${many(150, (j) => `fragment f${i}_${j} on Account { ${'id '.repeat(100)} }`).join(' ')}`
    const before = used()
    for (const document of many(30, large)) expect((await production.graphql(document)).errors).toBeDefined()
    expect(used() - before).toBeLessThan(160)
  })

  test('very many fields of one row are answered', async () => {
    const fields = many(4800, (i) => `f${i}: ${i % 2 ? 'email' : 'score'}`).join(' ')
    const lenient = await createTestGateway(database, { settings: { maxAliases: 5000 } })
    const { data } = await lenient.graphql(`{ accountByPk(id: "1") { ${fields} } }`)
    await lenient.close()
    expect(Object.keys(data?.accountByPk ?? {})).toHaveLength(4800)
  })

  test('a delete that reaches too far says so', async () => {
    const { errors } = await app.graphql('mutation { deleteFromAccountCollection { affectedCount } }')
    expect(errors?.[0]?.message).toBe('delete impacts too many records')
  })
})

test('a hundred interleaved callers, errors among them, each see themselves alone', async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, async (_, i) => {
      const role = i % 3 === 0 ? 'anon' : i % 3 === 1 ? 'authenticated' : 'service_role'
      if (i % 7 === 0) await app.graphql('mutation { fail(message: "x") }', { role, claims: { sub: `thief-${i}` } })
      const { data } = await app.graphql('{ caller }', { role, claims: { sub: `caller-${i}` } })
      return data?.caller
    }),
  )
  expect(answers).toEqual(Array.from({ length: 100 }, (_, i) => `caller-${i}`))
})
