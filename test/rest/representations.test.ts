import { beforeAll, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())
beforeAll(async () => {
  await rest.sql(`
    create domain public.colour as int check (value between 0 and 16777215);
    create function public.colour_json(public.colour) returns json language sql immutable as
      $$ select to_json('#' || lpad(upper(to_hex($1)), 6, '0')) $$;
    create function public.colour_of(text) returns public.colour language sql immutable as
      $$ select ('x' || lpad(ltrim($1, '#'), 8, '0'))::bit(32)::int::public.colour $$;
    create function public.colour_of(json) returns public.colour language sql immutable as
      $$ select public.colour_of($1 #>> '{}') $$;
    create cast (public.colour as json) with function public.colour_json(public.colour) as implicit;
    create cast (text as public.colour) with function public.colour_of(text) as implicit;
    create cast (json as public.colour) with function public.colour_of(json) as implicit;

    create domain public.stamp as timestamptz;
    create function public.stamp_json(public.stamp) returns json language sql stable as
      $$ select to_json(extract(epoch from $1)::bigint) $$;
    create cast (public.stamp as json) with function public.stamp_json(public.stamp) as implicit;

    create table public.paints (id int primary key, name text, tone public.colour default 255, made public.stamp);
    create table public.walls (id int primary key, paint_id int references public.paints);
    insert into public.paints values (1, 'black', 0, 'epoch'), (2, 'green', 65280, '2001-09-09 01:46:40Z'), (3, 'none', null, null);
    insert into public.walls values (1, 2);
    create function public.all_paints() returns setof public.paints language sql stable as $$ select * from public.paints $$;
    grant all on public.paints, public.walls to anon;
    grant execute on all functions in schema public to anon`)
  await rest.refresh()
})

const black = { id: 1, name: 'black', tone: '#000000', made: 0 }
const green = { id: 2, name: 'green', tone: '#00FF00', made: 1_000_000_000 }

test.each<[query: string, expected: unknown]>([
  ['/paints?id=lt.3&order=id', [black, green]],
  ['/paints?select=tone&id=eq.2', [{ tone: '#00FF00' }]],
  ['/paints?select=shade:tone&id=eq.2', [{ shade: '#00FF00' }]],
  ['/paints?select=tone::text&id=eq.2', [{ tone: '"#00FF00"' }]],
  ['/paints?select=tone&id=eq.3', [{ tone: null }]],
  // Filters read what clients see; orders go by the value itself.
  ['/paints?select=id&tone=eq.00FF00', [{ id: 2 }]],
  ['/paints?select=id&tone=gt.%23000001', [{ id: 2 }]],
  ['/paints?select=id&tone=not.eq.000000', [{ id: 2 }]],
  ['/paints?select=id&tone=in.(%23000000,00FF00)&order=tone.desc', [{ id: 2 }, { id: 1 }]],
  ['/paints?select=id&tone=eq(any).{00FF00,0000FF}', [{ id: 2 }]],
  ['/paints?select=id&or=(tone.eq.000000,name.eq.none)&order=id', [{ id: 1 }, { id: 3 }]],
  ['/paints?select=id&tone=is.null', [{ id: 3 }]],
  ['/walls?select=id,paints(tone,made)', [{ id: 1, paints: { tone: '#00FF00', made: 1_000_000_000 } }]],
  ['/walls?select=id,...paints(tone)', [{ id: 1, tone: '#00FF00' }]],
  ['/walls?select=id,paints!inner()&paints.tone=eq.000000', []],
  ['/paints?select=walls(id),tone&walls.id=eq.1&id=eq.1', [{ walls: [], tone: '#000000' }]],
  ['/rpc/all_paints?select=tone&id=eq.1', [{ tone: '#000000' }]],
])('%s', async (query, expected) => {
  const answer = await rest.ask(query)
  expect([answer.status, answer.body]).toEqual([200, expected])
})

test('an aggregate is of the value itself, a group shows it', async () => {
  await rest.whileSet('db_aggregates_enabled', 'true', async () => {
    expect((await rest.ask('/paints?select=tone.max()')).body).toEqual([{ max: 65280 }])
    expect((await rest.ask('/paints?select=tone,count()&id=eq.2')).body).toEqual([{ tone: '#00FF00', count: 1 }])
  })
})

test('CSV shows it as JSON does', async () => {
  const answer = await rest.ask('/paints?select=id,tone&id=eq.2', { headers: { accept: 'text/csv' } })
  expect(answer.text).toBe('id,tone\n2,"""#00FF00"""')
})

test('supabase-js writes what it reads', async () => {
  const paints = () => rest.client().from('paints')
  const inserted = await paints().insert({ id: 10, tone: '#010203' }).select('tone, made').single()
  expect([inserted.error, inserted.data]).toEqual([null, { tone: '#010203', made: null }])
  const many = await paints()
    .insert([{ id: 11, tone: '#000001' }, { id: 12 }], { defaultToNull: false })
    .select('id, tone')
    .order('id')
  expect(many.error?.message ?? many.data).toEqual([
    { id: 11, tone: '#000001' },
    { id: 12, tone: '#000255' },
  ])
  const updated = await paints().update({ tone: '#0A0B0C' }).eq('tone', '#010203').select('id, tone')
  expect([updated.error, updated.data]).toEqual([null, [{ id: 10, tone: '#0A0B0C' }]])
  const upserted = await paints().upsert({ id: 10, tone: '#FFFFFF' }).select('tone').single()
  expect([upserted.error, upserted.data]).toEqual([null, { tone: '#FFFFFF' }])
  const put = await rest.ask('PUT /paints?id=eq.13', {
    body: { id: 13, tone: '#00000F' },
    prefer: 'return=representation',
  })
  expect([put.status, put.body]).toEqual([201, [{ id: 13, name: null, tone: '#00000F', made: null }]])
  const removed = await paints().delete().eq('tone', '#00000F').select('id')
  expect([removed.error, removed.data]).toEqual([null, [{ id: 13 }]])
})

test('a cast that is dropped shows nothing any more', async () => {
  await rest.sql('drop cast (public.stamp as json)')
  await rest.refresh()
  expect((await rest.ask('/paints?select=made&id=eq.1')).body).toEqual([{ made: '1970-01-01T00:00:00+00:00' }])
})
