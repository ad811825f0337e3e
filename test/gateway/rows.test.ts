import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** No row is lost on its way into the answer, whatever it holds and however it is told apart. */

const keys: Readonly<Record<string, readonly [type: string, ...values: string[]]>> = {
  json: ['jsonb', `'{"a": 1}'`, `'[1, "x"]'`, `'null'`],
  list: ['int[]', `'{1,2}'`, `'{1,null}'`, `'{}'`],
  bytes: ['bytea', `'\\x00ff'`, `'\\x'`, `'\\x22'`],
  float: ['float8', `'NaN'`, '0.1', '1e300', `'-Infinity'`],
  number: ['numeric', '12345678901234567890.123456789', '0.10', `'NaN'`],
  text: ['text', `repeat('a', 300) || e'\\n"\\\\'`, `''`, `'é𝄞'`],
  padded: ['char(6)', `'a'`, `'b'`, `'c'`],
  range: ['tstzrange', `'[2020-01-01,)'`, `'empty'`, `'[2021-01-01,2022-01-01)'`],
  time: ['timestamptz', `'infinity'`, `'-infinity'`, `'0044-03-15 BC'`, `'2020-01-01 00:00:00.123456'`],
  interval: ['interval', `'25 hours'`, `'1 year -1 day'`, `'0'`],
  uuid: ['uuid', 'gen_random_uuid()', 'gen_random_uuid()', 'gen_random_uuid()'],
}

const database = useDatabase(
  `create domain filled as text not null;
   create table word (id int primary key, text filled, note text not null);
   create table use (id int primary key, word_id int references word);
   insert into word values (1, 'x', 'y'); insert into use values (1, 1), (2, null);
   create view used as select use.id, word.text, word.note from use left join word on word.id = use.word_id;
   comment on view used is '@graphql({"primary_key_columns": ["id"]})';
   create function words() returns setof word stable language sql
     as $$ select 5, 'a'::filled, null::text union all select 6, 'b', 'c' $$;
   create function one_word() returns word language sql as $$ select 5, 'a'::filled, null::text $$;
   create table late (id int primary key, text text); insert into late values (1, null), (2, 'x');
   alter table late add constraint late_text not null text not valid;`,
  ...Object.entries(keys).map(
    ([name, [type, ...values]]) =>
      `create table key_${name} (key ${type} primary key); insert into key_${name} values ${values.map((value) => `(${value})`).join()}`,
  ),
)
const app = useGateway(database)

describe('a null where none was to be', () => {
  test.each([
    [
      'behind an outer join',
      '{ usedCollection { edges { node { id text note } } } }',
      [
        { id: 1, text: 'x', note: 'y' },
        { id: 2, text: null, note: null },
      ],
    ],
    [
      'of a function',
      '{ words { edges { node { id note } } } }',
      [
        { id: 5, note: null },
        { id: 6, note: 'c' },
      ],
    ],
    [
      'from before its constraint',
      '{ lateCollection { edges { node { id text } } } }',
      [
        { id: 1, text: null },
        { id: 2, text: 'x' },
      ],
    ],
  ])('%s', async (_name, document, rows) => {
    const { data } = await app.graphql(document)
    expect(Object.values(data ?? {})).toEqual([{ edges: rows.map((node) => ({ node })) }])
  })

  test('in the one row of a function that writes', async () => {
    const { data } = await app.graphql('mutation { one_word { id note } }')
    expect(data).toEqual({ one_word: { id: 5, note: null } })
  })
})

interface Page {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
  readonly edges: readonly { readonly node: { readonly nodeId: string; readonly key: unknown } }[]
}

describe('rows told apart by', () => {
  test.each(Object.entries(keys))('%s', async (name, [, ...values]) => {
    const page = `query ($after: Cursor) { page: key_${name}Collection(first: 1, after: $after) {
      pageInfo { hasNextPage endCursor } edges { node { nodeId key } } } }`
    const seen: unknown[] = []
    for (let after: string | null = null, more = true; more && seen.length < 10; ) {
      const { data } = await app.graphql(page, { variables: { after } })
      const { pageInfo, edges } = (data as { page: Page }).page
      for (const { node } of edges) {
        seen.push(node.key)
        const again = await app.graphql(`{ node(nodeId: "${node.nodeId}") { nodeId ... on key_${name} { key } } }`)
        expect(again.data).toEqual({ node })
      }
      more = pageInfo.hasNextPage
      after = pageInfo.endCursor
    }
    expect(seen).toHaveLength(values.length)
    expect(new Set(seen.map((key) => JSON.stringify(key))).size).toBe(values.length)
  })
})
