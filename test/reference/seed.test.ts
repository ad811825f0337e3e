import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { openPhotoPlatform, root } from './photo-platform.ts'

const platform = useFixture(() => openPhotoPlatform())

const filesOf = (bucket: string) => globSync('*/**/*.jpg', { cwd: `${root}supabase/storage/${bucket}` }).sort()

test('the files of both buckets are those that the rows name', async () => {
  const rows = await platform.sql('select path, gallery_path, thumbnail_path from public.photographs')
  const named = (...columns: string[]) =>
    rows
      .flatMap((row) => columns.map((column) => row[column]))
      .filter((path) => path !== null)
      .sort()

  expect(filesOf('photographs')).toEqual(named('path'))
  expect(filesOf('developed')).toEqual(named('gallery_path', 'thumbnail_path'))
})

test('the photographs are small JPEGs, two megabytes together', () => {
  const files = ['photographs', 'developed'].flatMap((bucket) =>
    filesOf(bucket).map((file) => readFileSync(`${root}supabase/storage/${bucket}/${file}`)),
  )
  expect(files.filter((file) => file.readUInt16BE(0) !== 0xffd8 || file.byteLength > 60_000)).toEqual([])
  expect(files.reduce((sum, file) => sum + file.byteLength, 0)).toBeLessThan(2_000_000)
})

test('every photograph is credited where it is shown', async () => {
  const uncredited = `select title from public.photographs where caption !~ '(Photo|Texture): .+, (CC|public|no known)'`
  expect(await platform.sql(uncredited)).toEqual([])
})

test('there is something in every state, and a call to submit to', async () => {
  const [counts] = await platform.sql(`
    select
      (select count(*)::int from public.photographers) as photographers,
      (select count(*)::int from public.submissions where status = 'pending') as pending,
      (select jsonb_object_agg(status, n) from (
        select status, count(*) as n from public.photographs group by status) as s) as photographs,
      (select title from public.current_open_call()) as open_call,
      (select day = (now() at time zone 'utc')::date from public.daily_picks
       where day <= (now() at time zone 'utc')::date order by day desc limit 1) as picked_today`)
  expect(counts).toEqual({
    photographers: 30,
    pending: 5,
    photographs: { draft: 5, submitted: 5, selected: 13, rejected: 3 },
    open_call: 'Everyday colour',
    picked_today: true,
  })
})

test('the people of the seed can sign in with the password it names', async () => {
  const [users] = await platform.sql(`
    select count(*)::int as users,
      count(distinct u.encrypted_password)::int as passwords,
      max(u.encrypted_password) = extensions.crypt('photograph', max(u.encrypted_password)) as password,
      bool_and(i.provider = 'email' and i.identity_data ->> 'email' = u.email) as identity
    from auth.users u join auth.identities i on i.user_id = u.id`)
  expect(users).toEqual({ users: 30, passwords: 1, password: true, identity: true })
})
