import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { databaseTypes, introspect } from '../../src/cli/generate/types/index.ts'
import { viewColumns } from '../../src/cli/generate/types/view-columns.ts'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'

/** Which columns of views the types say are never null, and that no row of theirs is. */
const database = useDatabase(
  'create domain public.title as text not null',
  'create table public.author (id int primary key, name text not null, born date)',
  'create table public.book (id int primary key, author int not null references public.author, title public.title, pages int)',
  'create table public.old (id int primary key, unsure int)',
  'insert into public.old values (1, null)',
  'alter table public.old add constraint unsure not null unsure not valid',
  'create table public.parent (id int not null, name text)',
  'create table public.child () inherits (public.parent)',
  'alter table only public.parent alter name set not null',
  'insert into public.child values (1, null)',
  `insert into public.author values (1, 'Ada', null), (2, 'Ben', '2001-01-01')`,
  `insert into public.book values (1, 1, 'Rain', null)`,
)

const cases: readonly [name: string, query: string, never: readonly string[]][] = [
  ['its table', 'select id, title, pages from book', ['id', 'title']],
  ['a view of it', 'select id, pages from (select * from book) b', ['id']],
  ['an inner join', 'select b.id, a.name, a.born from book b join author a on a.id = b.author', ['id', 'name']],
  ['using', 'select id, name from book join author using (id)', ['id', 'name']],
  ['a left join', 'select a.id, b.id as book from author a left join book b on b.author = a.id', ['id']],
  ['a right join', 'select b.id as book, a.id from book b right join author a on b.author = a.id', ['id']],
  ['a full join', 'select a.id, b.id as book from author a full join book b on b.author = a.id', []],
  [
    'a left join below',
    'select s.book from (select b.id as book from author a left join book b on a.id = b.author) s',
    [],
  ],
  [
    'lateral',
    'select a.id, l.n from author a, lateral (select count(*) n from book b where b.author = a.id) l',
    ['id', 'n'],
  ],
  [
    'left lateral',
    'select a.id, l.id as book from author a left join lateral (select id from book b where b.author = a.id) l on true',
    ['id'],
  ],
  ['a group', 'select author, count(*) as n, max(pages) as most from book group by author', ['author', 'n']],
  [
    'grouping sets',
    'select author, title, count(*) as n from book group by grouping sets ((author), (title), ())',
    ['n'],
  ],
  ['a rollup', 'select author, count(*) as n from book group by rollup (author)', ['n']],
  [
    'a window',
    'select id, row_number() over (order by id) as row, lag(id) over (order by id) as before from book',
    ['id', 'row'],
  ],
  ['a union', 'select id, pages as x from book union all select id, 1 from author', ['id']],
  [
    'a union of two joins',
    'select id, id as x from book union select a.id, b.id from author a left join book b on a.id = b.author',
    ['id'],
  ],
  ['with', 'with w as (select id, pages from book) select * from w', ['id']],
  [
    'with recursive',
    'with recursive w as (select id from book union select id + 1 from w where id < 3) select id from w',
    [],
  ],
  ['coalesce', `select coalesce(pages, 0) as some, coalesce(pages, null) as none from book`, ['some']],
  [
    'a case',
    `select case when pages > 1 then 'a' else 'b' end as whole, case when pages > 1 then 'a' end as half from book`,
    ['whole'],
  ],
  ['a constant', `select 1 as one, null::int as nothing, 'x'::text as x from book`, ['one', 'x']],
  [
    'questions',
    'select pages is null as unknown, exists (select from author) as any, pages > 1 as long from book',
    ['unknown', 'any'],
  ],
  ['a function', 'select upper(title) as loud, id + 1 as next from book', []],
  ['a subquery', 'select id, (select name from author a where a.id = b.pages) as name from book b', ['id']],
  ['rows of a function', 'select n from generate_series(1, 2) n', []],
  ['values', 'select v from (values (1), (null)) as t (v)', []],
  ['a whole row', 'select b as book from book b left join author a on false', []],
  ['a promise that was not checked', 'select id, unsure from old', ['id']],
  ['a promise of the parent alone', 'select id, name from parent', ['id']],
]

beforeAll(() =>
  administer(database.connections, ...cases.map(([, query], at) => `create view public.view_${at} as ${query}`)),
)

test.each(cases.map(([name, , never], at) => [name, never, `view_${at}`] as const))('%s', async (_, never, view) => {
  const { relations } = await introspect(database.connections.for('postgres'), ['public'])
  const columns = relations.find(({ name }) => name === view)?.columns ?? []
  expect(columns.flatMap(({ nullable, name }) => (nullable ? [] : [name])).sort()).toEqual([...never].sort())

  const client = new pg.Client(database.connections.for('postgres'))
  await client.connect()
  const { rows } = await client.query(`select * from ${view}`)
  await client.end()
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.filter((row) => never.some((name) => row[name] === null))).toEqual([])
})

test('a materialized view that holds nulls from before a promise, and a view of it', async () => {
  const { connections } = database
  await administer(
    connections,
    'create table public.late (id int not null, name text)',
    'insert into late values (1, null)',
    'create materialized view public.kept as select id, name from late',
    'create view public.of_kept as select id, name from kept',
    'create materialized view public.unfilled as select id, name from late with no data',
    `update late set name = ''`,
    'alter table late alter name set not null',
  )
  const never = async (role: 'postgres' | 'authenticator' = 'postgres') => {
    const { relations } = await introspect(connections.for(role), ['public'])
    return ['kept', 'of_kept', 'unfilled'].map((view) =>
      (relations.find(({ name }) => name === view)?.columns ?? [])
        .flatMap(({ nullable, name }) => (nullable ? [] : [name]))
        .sort(),
    )
  }
  expect(await never()).toEqual([['id'], ['id'], ['id', 'name']])
  await administer(connections, 'refresh materialized view kept')
  expect(await never()).toEqual([
    ['id', 'name'],
    ['id', 'name'],
    ['id', 'name'],
  ])
  // Who may not look believes nothing.
  expect(await never('authenticator')).toEqual([[], [], ['id', 'name']])
})

test('a view of a view, in the schema that is asked for alone', async () => {
  await administer(
    database.connections,
    'create schema shown',
    'create view shown.outer_view as select id, book from public.view_4',
    'create view shown.both as select v.id, w.n from public.view_0 v cross join public.view_10 w',
  )
  const types = databaseTypes(await introspect(database.connections.for('postgres'), ['shown']))
  expect(types).toMatch(/both: \{\s+Row: \{\s+id: number\s+n: number\s/)
  expect(types).toMatch(/outer_view: \{\s+Row: \{\s+book: number \| null\s+id: number\s/)
})

test.each<[version: string, grouping: string, never: boolean]>([
  ['17, by sets', ':groupingSets ({GROUPINGSET :kind 2 :content <> :location -1})', false],
  ['17, by a column', ':groupingSets <>', true],
])('a group as Postgres %s writes it, without an entry of its own', (_, grouping, never) => {
  const variable =
    '{VAR :varno 1 :varattno 1 :vartype 23 :varnullingrels (b) :varlevelsup 0 :varnosyn 1 :varattnosyn 1 :location 7}'
  const rule = `({QUERY :commandType 1 :rtable ({RANGETBLENTRY :rtekind 0 :relid 16400 :lateral false})
    :targetList ({TARGETENTRY :expr ${variable} :resno 1 :resorigtbl 16400 :resorigcol 1 :resjunk false})
    :groupClause ({SORTGROUPCLAUSE :tleSortGroupRef 1}) ${grouping} :setOperations <>})`
  expect(
    viewColumns(rule)
      .get(1)
      ?.neverNull(() => true),
  ).toBe(never)
})
