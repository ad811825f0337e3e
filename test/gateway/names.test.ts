import { describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { createTestGateway } from '../support/gateway.ts'

/** Names that a database may use and that GraphQL, the API or the SQL around them has other plans for. */
let count = 0

const database = useDatabase()

/** Answers of a gateway over a schema of its own, made by these statements. */
async function ask(sql: string, documents: readonly string[]): Promise<unknown[]> {
  const schema = `names_${count++}`
  await administer(
    database.connections,
    `create schema ${schema}; comment on schema ${schema} is '@graphql({"inflect_names": true})'`,
    `set search_path to ${schema}, public; ${sql}`,
    `grant usage on schema ${schema} to public; grant all on all tables in schema ${schema} to public;
     grant usage on all sequences in schema ${schema} to public`,
  )
  const app = await createTestGateway(database, { schemas: [schema] })
  try {
    const answers: unknown[] = []
    for (const document of documents) {
      const { errors, data } = await app.graphql(document)
      answers.push(errors?.[0]?.message ?? data)
    }
    return answers
  } finally {
    await app.close()
  }
}

const sees = '{ kept: __type(name: "Kept") { name } }'

describe('a name that is taken hides its bearer, and nothing else', () => {
  test.each([
    ['a root type', 'create table query (id int primary key)'],
    ['the node interface', 'create table node (id int primary key)'],
    ['the page info', 'create table page_info (id int primary key)'],
    ['a scalar', 'create table "string" (id int primary key)'],
    ['a filter', 'create table string_filter (id int primary key)'],
    ['a service’s type', 'create table auth_user (id int primary key)'],
    ['a type made for another table', 'create table kept_connection (id int primary key)'],
    ['an enum called like a built-in type', `create type filter_is as enum ('a'); alter table kept add f filter_is`],
    ['an enum called like a table', `create type "Kept" as enum ('a'); alter table kept add f "Kept"`],
    ['an enum without values', 'create type nothing as enum (); alter table kept add f nothing'],
    ['a query of a service', 'create function viewer() returns int stable language sql as $$ select 1 $$'],
    ['a mutation of a service', 'create function sign_up(a int) returns int language sql as $$ select 1 $$'],
    ['two arguments', 'create function f(a_b int, "aB" int) returns int stable language sql as $$ select 1 $$'],
  ])('%s', async (_name, sql) => {
    expect(await ask(`create table kept (id int primary key); ${sql}`, [sees])).toEqual([{ kept: { name: 'Kept' } }])
  })
})

describe('names that SQL would read otherwise', () => {
  test.each([
    [
      'a column called like an alias of the statement',
      `create table t1 (t1 int primary key, answered bool, changed text, target int);
       insert into t1 values (1, true, 'x', 2);
       create function label(t1) returns text stable language sql as $$ select $1.changed || $1.t1 $$;
       create function answered() returns setof t1 language sql begin atomic select * from t1; end;
       create function first_one() returns t1 language sql begin atomic select * from t1; end`,
      [
        '{ t1Collection { edges { node { t1 label } } } }',
        '{ t1ByPk(t1: 1) { label } }',
        'mutation { answered { edges { node { t1 answered label } } } }',
        'mutation { firstOne { t1 answered label } }',
        'mutation { updateT1Collection(set: { target: 3 }) { records { target label } } }',
        'mutation { deleteFromT1Collection { records { target label } } }',
      ],
      [
        { t1Collection: { edges: [{ node: { t1: 1, label: 'x1' } }] } },
        { t1ByPk: { label: 'x1' } },
        { answered: { edges: [{ node: { t1: 1, answered: true, label: 'x1' } }] } },
        { firstOne: { t1: 1, answered: true, label: 'x1' } },
        { updateT1Collection: { records: [{ target: 3, label: 'x1' }] } },
        { deleteFromT1Collection: { records: [{ target: 3, label: 'x1' }] } },
      ],
    ],
    [
      'quotes, backslashes, dots, percents, new lines and other letters',
      `create type "mo'od\\%" as enum ('a', 'it''s "\\n"');
       comment on type "mo'od\\%" is '@graphql({"name": "Mood", "mappings": {"it''s \\"\\\\n\\"": "ITS"}})';
       create table "T""a'b\\le.été\n%s" ("k'e""y\\" int primary key, "名" "mo'od\\%", "p.1" "mo'od\\%"[] default '{}', "o'ther" int references "T""a'b\\le.été\n%s");
       comment on table "T""a'b\\le.été\n%s" is '@graphql({"name": "Odd", "totalCount": {"enabled": true}})';
       comment on column "T""a'b\\le.été\n%s"."k'e""y\\" is '@graphql({"name": "key"})';
       comment on column "T""a'b\\le.été\n%s"."p.1" is '@graphql({"name": "list"})';
       comment on column "T""a'b\\le.été\n%s"."名" is '@graphql({"name": "mood"})';
       insert into "T""a'b\\le.été\n%s" values (1, 'it''s "\\n"', array['a', 'it''s "\\n"']::"mo'od\\%"[], 1)`,
      [
        '{ oddCollection(filter: { mood: { eq: ITS }, list: { contains: [ITS] } }) { totalCount edges { node { key mood list } } } }',
        'mutation { insertIntoOddCollection(objects: [{ key: 2, mood: ITS, list: [a, null] }, { key: 3 }]) { records { key mood list } } }',
      ],
      [
        { oddCollection: { totalCount: 1, edges: [{ node: { key: 1, mood: 'ITS', list: ['a', 'ITS'] } }] } },
        {
          insertIntoOddCollection: {
            records: [
              { key: 2, mood: 'ITS', list: ['a', null] },
              { key: 3, mood: null, list: [] },
            ],
          },
        },
      ],
    ],
    [
      'columns called like the arguments and fields of every table',
      `create table kept (id int primary key, "and" int, "or" int, "not" int, cursor text, "first" int, __typename text, node_id int);
       insert into kept values (1, 2, 3, 4, 'c', 5, 't', 6)`,
      [
        '{ keptCollection(filter: { and: { eq: 2 }, or: { gt: 1 }, not: { lt: 5 } }) { edges { cursor node { id cursor first __typename } } } }',
      ],
      [
        {
          keptCollection: {
            edges: [{ cursor: 'WzFd', node: { id: 1, cursor: 'c', first: 5, __typename: 'Kept' } }],
          },
        },
      ],
    ],
    [
      'parentheses in a directive and in the prose around it',
      `create table kept (id int primary key);
       comment on table kept is 'Cars (old) @graphql({"name": "Car", "description": "Cars (:)", "totalCount": {"enabled": true}}) and (new) ones'`,
      ['{ carCollection { totalCount } __type(name: "Car") { description } }'],
      [{ carCollection: { totalCount: 0 }, __type: { description: 'Cars (:)' } }],
    ],
    [
      'two columns of one name in the API: the first has it',
      'create table kept (id int primary key, a_b int, "aB" int)',
      [
        'mutation { insertIntoKeptCollection(objects: [{ id: 1, aB: 2 }]) { records { aB } } }',
        '{ keptCollection(filter: { aB: { is: NULL } }) { edges { cursor } } }',
      ],
      [{ insertIntoKeptCollection: { records: [{ aB: 2 }] } }, { keptCollection: { edges: [] } }],
    ],
    [
      'arguments of a function called like those of a page',
      `create table kept (id int primary key, word text); insert into kept values (1, 'a'), (2, 'b'), (3, 'b');
       create function search(filter text, first text) returns setof kept stable language sql
         begin atomic select * from kept where word = filter or word = first; end`,
      ['{ search(filter: "b", first: "x", last: 1) { edges { node { id } } } }'],
      [{ search: { edges: [{ node: { id: 3 } }] } }],
    ],
    [
      'arguments without names',
      `create function f(int default abs(1), int default 2) returns text stable language sql as $$ select $1 || '-' || $2 $$;
       create function g(a int, int) returns text stable language sql as $$ select $1 || '-' || $2 $$`,
      ['{ none: f one: f(arg0: 8) both: f(arg0: 8, arg1: 9) g(a: 1, arg1: 2) }', '{ f(arg1: 9) }'],
      [{ none: '1-2', one: '8-2', both: '8-9', g: '1-2' }, '"arg1" takes "arg0" beside it'],
    ],
    [
      'functions over a row of one name: no field where Postgres could not tell which is called',
      `create table kept (id int primary key); insert into kept values (1);
       create function either(kept, a int default 1) returns int stable language sql as $$ select a $$;
       create function either(kept, b text default 'x') returns int stable language sql as $$ select 2 $$;
       create function more(kept) returns int stable language sql as $$ select 0 $$;
       create function more(kept, a int default 1) returns int stable language sql as $$ select a $$;
       create function fewest(kept, a int) returns int stable language sql as $$ select a $$;
       create function fewest(kept, a int, b int) returns int stable language sql as $$ select b $$`,
      [
        '{ __type(name: "Kept") { fields { name } } }',
        '{ keptCollection { edges { node { fewest(a: 7) } } } }',
        '{ keptCollection { edges { node { either } } } }',
      ],
      [
        { __type: { fields: ['nodeId', 'id', 'fewest'].map((name) => ({ name })) } },
        { keptCollection: { edges: [{ node: { fewest: 7 } }] } },
        'Cannot query field "either" on type "Kept".',
      ],
    ],
  ])('%s', async (_name, sql, documents, expected) => {
    expect(await ask(sql, documents)).toEqual(expected)
  })
})
