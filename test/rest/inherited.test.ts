import { beforeAll, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())
beforeAll(async () => {
  await rest.sql(`
    create table public.towns (id int primary key, name text);
    create table public.suburbs () inherits (public.towns);
    create table public.guests (id int primary key, town_id int references public.towns);
    insert into public.towns values (1, 'Paris');
    insert into public.suburbs values (1, 'Passy');
    insert into public.guests values (1, 1);
    grant select on public.towns, public.suburbs, public.guests to anon`)
  await rest.refresh()
})

/** A key of the table holds for none of those that inherit from it. */
test('an order by a related row that is there twice repeats nothing', async () => {
  const { body } = await rest.ask('/guests?select=id,towns(name)&order=towns(name)&limit=10')
  expect(body).toMatchObject([{ id: 1 }])
})
