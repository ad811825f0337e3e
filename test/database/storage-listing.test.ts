import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { attempt, connected } from './sql-client.ts'

const names = [
  'B.txt',
  'a.txt',
  'a/1.txt',
  'a/2.txt',
  'a/deep/3.txt',
  'a-b/4.txt',
  'Ümlaut/5.txt',
  'z/6.txt',
  'z.txt',
  '100%_x/7.txt',
]
const database = useDatabase(
  "insert into storage.buckets (id, name) values ('b', 'b'), ('other', 'other'), ('letters', 'letters')",
  `insert into storage.objects (bucket_id, name, metadata, created_at)
   select 'b', name, '{"size": 10}', timestamptz '2026-01-01' + n * interval '1 day'
   from unnest(array[${names.map((name) => `'${name}'`)}]) with ordinality o (name, n)`,
  "insert into storage.objects (bucket_id, name) values ('other', 'hidden.txt')",
  `insert into storage.objects (bucket_id, name, created_at)
   select 'letters', name, timestamptz '2026-01-01' + n * interval '1 day'
   from unnest(array['a', 'A', 'B', 'b/1', 'B/2', 'b/c/3']) with ordinality o (name, n)`,
)

const as = (role: string, ...statements: string[]) =>
  connected(database.connections, 'supabase_admin', (c) => attempt(c, role, statements))
const entries = async (call: string) =>
  ((await as('service_role', `select name, id is null from storage.${call}`)) as [string, boolean][]).map(
    ([name, folder]) => (folder ? `${name}/` : name),
  )

describe('folders and files of one level', () => {
  const all = ['100%_x/', 'B.txt', 'a-b/', 'a.txt', 'a/', 'z.txt', 'z/', 'Ümlaut/']
  test.each<[call: string, expected: string[]]>([
    ["list_objects_with_delimiter('b', '', '/')", all],
    ["list_objects_with_delimiter('b', '', '/', sort_order => 'desc')", [...all].reverse()],
    ["list_objects_with_delimiter('b', 'a/', '/')", ['a/1.txt', 'a/2.txt', 'a/deep/']],
    ["list_objects_with_delimiter('b', 'a', '/')", ['a-b/', 'a.txt', 'a/']],
    ["list_objects_with_delimiter('b', '', '/', 3)", all.slice(0, 3)],
    ["list_objects_with_delimiter('b', '', '/', 3, 'a-b')", all.slice(3, 6)],
    ["list_objects_with_delimiter('b', '', '/', 3, next_token => 'a')", all.slice(5)],
    ["list_objects_with_delimiter('b', '', '/', 3, 'z.txt', sort_order => 'desc')", ['a/', 'a.txt', 'a-b/']],
    ["list_objects_with_delimiter('b', '', '/', 3, 'a', sort_order => 'desc')", ['a.txt', 'a-b/', 'B.txt']],
    ["list_objects_with_delimiter('b', '100%_x/', '/')", ['100%_x/7.txt']],
    ["list_objects_with_delimiter('none', '', '/')", []],
    ["search_v2('', 'b', 2, 1, 'a-b')", ['a.txt', 'a/']],
    ["search_v2('a/', 'b', 10, 2, sort_column => 'created_at')", ['a/1.txt', 'a/2.txt', 'a/deep/']],
    [
      "search_v2('a/', 'b', 10, 2, sort_column => 'created_at', sort_order => 'desc')",
      ['a/deep/', 'a/2.txt', 'a/1.txt'],
    ],
    ["search_v2('a/', 'b', 10, 2, 'a/1.txt', 'asc', 'created_at', '2026-01-04')", ['a/2.txt', 'a/deep/']],
    ["search('', 'b')", ['100%_x/', 'a-b/', 'a.txt', 'a/', 'B.txt', 'z.txt', 'z/', 'Ümlaut/']],
    ["search('', 'b', sortorder => 'desc')", ['Ümlaut/', 'z/', 'z.txt', 'B.txt', 'a/', 'a.txt', 'a-b/', '100%_x/']],
    ["search('', 'b', 2, 1, 3)", ['a/', 'B.txt']],
    ["search('A/', 'b')", ['1.txt', '2.txt', 'deep/']],
    ["search('a/', 'b', search => 'D')", ['deep/']],
    ["search('', 'letters')", ['A', 'a', 'B', 'b/']],
    ["search('', 'letters', sortorder => 'desc')", ['b/', 'B', 'a', 'A']],
    ["search('', 'letters', 1, 1, 1)", ['a']],
    ["search('', 'letters', 2, 1, 1, sortorder => 'desc')", ['B', 'a']],
    ["search('', 'letters', search => 'b/')", ['b/1', 'B/2', 'b/c/']],
    ["search('', 'letters', search => 'b/', sortcolumn => 'created_at')", ['b/c/', 'b/1', 'B/2']],
    ["search('b/', 'letters', search => 'C/')", ['c/3']],
    ["search('', 'b', search => 'b')", ['B.txt']],
    ["search('a/', 'b', sortcolumn => 'created_at', sortorder => 'desc')", ['deep/', '2.txt', '1.txt']],
    ["search('a/', 'b', 1, 1, 1, sortcolumn => 'updated_at')", ['1.txt']],
  ])('%s', async (call, expected) => {
    expect(await entries(call)).toEqual(expected)
  })

  test('pages put together are the whole', async () => {
    for (const order of ['asc', 'desc']) {
      const whole = await entries(`list_objects_with_delimiter('b', '', '/', sort_order => '${order}')`)
      const paged: string[] = []
      for (;;) {
        const last = paged.at(-1)?.replace(/\/$/, '') ?? ''
        const page = await entries(`list_objects_with_delimiter('b', '', '/', 2, '${last}', sort_order => '${order}')`)
        if (page.length === 0) break
        paged.push(...page)
      }
      expect(paged).toEqual(whole)
    }
  })

  test('policies decide what is listed', async () => {
    const policy =
      "create policy p on storage.objects for select to anon using (bucket_id = 'b' and (storage.foldername(name))[1] = 'a')"
    expect(await as('postgres', policy, 'set local role anon', "select name from storage.search('', 'b')")).toEqual([
      ['a'],
    ])
    expect(await as('anon', "select name from storage.search('', 'b')")).toEqual([])
  })
})

describe('helpers of policies', () => {
  test.each<[call: string, expected: unknown]>([
    ["storage.foldername('a/b/c.png')", ['a', 'b']],
    ["storage.foldername('c.png')", []],
    ["storage.filename('a/b/c.tar.gz')", 'c.tar.gz'],
    ["storage.extension('a/b/c.tar.gz')", 'gz'],
    ['storage.get_size_by_bucket()', '(100,b)'],
    ["storage.get_common_prefix('a/b/c', 'a/', '/')", 'a/b/'],
    ["storage.get_common_prefix('a/b', 'a/', '/')", null],
    [
      "set_config('storage.operation', 'storage.object.list', true) is not null and storage.allow_only_operation('object.list')",
      true,
    ],
    [
      "set_config('storage.operation', 'object.list', true) is not null and storage.allow_any_operation(array['x', 'storage.object.list'])",
      true,
    ],
    ["storage.allow_only_operation('object.list')", false],
  ])('%s', async (call, expected) => {
    const [row] = (await as('service_role', `select ${call}`)) as unknown[][]
    expect(row).toEqual([expected])
  })

  test('an insert is tried and taken back', async () => {
    expect(await as('service_role', "select storage.can_insert_object('b', 'n', null, '{}')")).toBe('PT200')
    expect(await as('anon', "select storage.can_insert_object('b', 'n', null, '{}')")).toBe('42501')
  })

  test.each([
    ["insert into storage.buckets (id, name) values ('x', repeat('x', 101))", 'P0001'],
    ["insert into storage.objects (bucket_id, name) values ('b', 'a.txt')", '23505'],
    ["insert into storage.objects (bucket_id, name) values ('none', 'a.txt')", '23503'],
    ["delete from storage.objects where bucket_id = 'b'", '42501'],
    ["delete from storage.buckets where id = 'b'", '42501'],
  ])('%s → %s', async (statement, code) => {
    expect(await as('service_role', statement)).toBe(code)
  })
})
