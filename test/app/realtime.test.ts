import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

let backend: TestApp
beforeAll(async () => {
  backend = await createTestApp({
    files: {
      'supabase/config.toml': 'project_id = "realtime"\n',
      'supabase/migrations/20260101000000_tasks.sql': `
        create table public.tasks (id bigint primary key generated always as identity, owner uuid default auth.uid(), title text);
        alter table public.tasks enable row level security;
        create policy own on public.tasks to authenticated using (owner = auth.uid());
        alter publication supabase_realtime add table public.tasks;`,
    },
  })
})
afterAll(() => backend?.close())

type Anything = ReturnType<typeof JSON.parse>

test('whoever signs in hears of their own rows, written through the Data API', async () => {
  const [ada, bob] = await Promise.all(
    ['ada', 'bob'].map(async (name) => {
      const client = backend.client()
      await client.auth.signUp({ email: `${name}@example.com`, password: 'correct horse battery' })
      const heard: Anything[] = []
      await new Promise<void>((resolve, reject) => {
        client
          .channel('tasks')
          .on('postgres_changes', { event: '*', schema: 'public', table: 'tasks' }, (change) => void heard.push(change))
          .on('system', {}, ({ status, message }: Anything) =>
            status === 'ok' ? resolve() : reject(new Error(message)),
          )
          .subscribe()
      })
      return { client, heard }
    }),
  )
  if (!ada || !bob) throw new Error('nobody')
  await bob.client.from('tasks').insert({ title: 'of bob' })
  await ada.client.from('tasks').insert({ title: 'of ada' })
  await ada.client.from('tasks').update({ title: 'done' }).eq('title', 'of ada')
  await expect.poll(() => ada.heard.length).toBe(2)
  await expect.poll(() => bob.heard.length).toBe(1)
  expect(ada.heard.map(({ eventType, new: row }) => [eventType, row.title])).toEqual([
    ['INSERT', 'of ada'],
    ['UPDATE', 'done'],
  ])
  expect(bob.heard.map(({ new: row }) => row.title)).toEqual(['of bob'])
  await Promise.all([ada, bob].map(({ client }) => client.removeAllChannels()))
})
