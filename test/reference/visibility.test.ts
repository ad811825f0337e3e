import { beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '#database'
import { useFixture } from '../support/fixture.ts'
import {
  ada,
  anyone,
  edith,
  openPhotoPlatform,
  photograph,
  photographer,
  stranger,
  submission,
} from './photo-platform.ts'

const platform = useFixture(() => openPhotoPlatform())
beforeAll(async () => {
  await platform.sql(
    `insert into storage.buckets (id, name) values ('photographs', 'photographs'), ('developed', 'developed')`,
  )
  await platform.sql(`
    insert into storage.objects (bucket_id, name)
    select bucket, name from public.photographs p
    cross join lateral (values ('photographs', p.path), ('developed', p.gallery_path), ('developed', p.thumbnail_path))
      as file (bucket, name) where name is not null`)
})

const elena = photographer(5)
const hiro = photographer(8)
const luca = photographer(12)

const count = async (caller: Caller, from: string, values: unknown[] = []) => {
  const [row] = await platform.as(caller, `select count(*)::int as n from ${from}`, values)
  return row?.n
}

describe('a photograph, its row and its files', () => {
  const own = { rows: 1, originals: 1 }
  const nothing = { rows: 0, originals: 0, developed: 0 }
  // [what, number of the photograph, caller, what the caller finds]
  const cases: [string, number, string, Caller, { rows: number; originals: number; developed: number }][] = [
    ['a draft', 2, 'its photographer', ada, { ...own, developed: 2 }],
    ['a draft', 2, 'another photographer', stranger, nothing],
    ['a draft', 2, 'an editor', edith, nothing],
    ['a draft', 2, 'a visitor', anyone, nothing],
    ['an undeveloped draft', 4, 'its photographer', ada, { ...own, developed: 0 }],
    ['a submitted one', 9, 'its photographer', elena, { ...own, developed: 2 }],
    ['a submitted one', 9, 'another photographer', stranger, nothing],
    ['a submitted one', 9, 'an editor', edith, { ...own, developed: 2 }],
    ['a submitted one', 9, 'a visitor', anyone, nothing],
    ['a rejected one', 17, 'its photographer', luca, { ...own, developed: 2 }],
    ['a rejected one', 17, 'another photographer', stranger, nothing],
    ['a rejected one', 17, 'an editor', edith, { ...own, developed: 2 }],
    ['a rejected one', 17, 'a visitor', anyone, nothing],
    ['a selected one', 12, 'its photographer', hiro, { ...own, developed: 2 }],
    ['a selected one', 12, 'another photographer', stranger, { rows: 1, originals: 0, developed: 2 }],
    ['a selected one', 12, 'an editor', edith, { ...own, developed: 2 }],
    ['a selected one', 12, 'a visitor', anyone, { rows: 1, originals: 0, developed: 2 }],
  ]

  test.each(cases)('%s (%i): %s', async (_what, number, _who, caller, expected) => {
    const [files] = await platform.sql(
      'select path, gallery_path, thumbnail_path from public.photographs where id = $1',
      [photograph(number)],
    )
    const objects = `storage.objects where bucket_id = $1 and name = any($2)`
    expect({
      rows: await count(caller, 'public.photographs where id = $1', [photograph(number)]),
      originals: await count(caller, objects, ['photographs', [files?.path]]),
      developed: await count(caller, objects, ['developed', [files?.gallery_path, files?.thumbnail_path]]),
    }).toEqual(expected)
  })
})

describe('how much each sees', () => {
  // [table, visitor, a photographer without submissions, Luca (one rejected), editor]
  const cases: [string, number, number, number, number][] = [
    ['photographers', 30, 30, 30, 30],
    ['photographs', 13, 13, 14, 21],
    ['photograph_themes', 15, 15, 17, 25],
    ['themes', 6, 6, 6, 6],
    ['open_calls', 3, 3, 3, 3],
    ['submissions', 13, 13, 14, 21],
    ['daily_picks', 7, 7, 7, 8],
    ['favourites', 95, 95, 95, 95],
    ['comments', 20, 20, 20, 20],
    ['follows', 84, 84, 84, 84],
    ['portfolios', 30, 30, 30, 30],
  ]
  test.each(cases)('%s', async (table, ...expected) => {
    const seen = await Promise.all([anyone, stranger, luca, edith].map((caller) => count(caller, `public.${table}`)))
    expect(seen).toEqual(expected)
  })

  test('reviews: editors all, a photographer those received, a visitor none', async () => {
    expect(await count(edith, 'public.reviews')).toBe(16)
    expect(await count(luca, 'public.reviews')).toBe(1)
    expect(await count(stranger, 'public.reviews')).toBe(0)
    await expect(count(anyone, 'public.reviews')).rejects.toMatchObject({ code: '42501' })
  })

  test('the queue: editors all, a photographer those waiting', async () => {
    expect(await count(edith, 'public.review_queue()')).toBe(5)
    expect(await count(elena, 'public.review_queue()')).toBe(1)
    expect(await count(stranger, 'public.review_queue()')).toBe(0)
  })
})

describe('what is refused', () => {
  const denied = '42501'
  const cases: [string, Caller, string, unknown[]][] = [
    ['a visitor adds a photograph', anyone, `insert into public.photographs (title, path) values ('x', 'y')`, []],
    [
      'a photographer selects it',
      ada,
      `update public.photographs set status = 'selected' where id = $1`,
      [photograph(2)],
    ],
    [
      'a photographer adds one in another name',
      stranger,
      `insert into public.photographs (photographer_id, title, path) values ($1::uuid, 'x', $1::uuid || '/x.jpg')`,
      [ada.claims.sub],
    ],
    ['a photographer reviews', ada, `select public.review_submission($1, 'select', '')`, [submission(9)]],
    ['a visitor reviews', anyone, `select public.review_submission($1, 'select', '')`, [submission(9)]],
    ['a visitor submits', anyone, `select public.submit_photograph($1, $1)`, [photograph(2)]],
    ['a photographer makes a theme', ada, `insert into public.themes (slug, name) values ('x', 'X')`, []],
    [
      'a photographer picks',
      ada,
      `insert into public.daily_picks (day, photograph_id) values ('2020-01-01', $1)`,
      [photograph(12)],
    ],
    [
      'an editor picks what is not selected',
      edith,
      `insert into public.daily_picks (day, photograph_id) values ('2020-01-01', $1)`,
      [photograph(9)],
    ],
    [
      'a favourite that is not public',
      ada,
      `insert into public.favourites (photograph_id) values ($1)`,
      [photograph(2)],
    ],
    [
      'a comment on what is not public',
      edith,
      `insert into public.comments (photograph_id, body) values ($1, 'no')`,
      [photograph(9)],
    ],
    [
      'a file in another folder',
      stranger,
      `insert into storage.objects (bucket_id, name) values ('photographs', $1 || '/x.jpg')`,
      [ada.claims.sub],
    ],
    [
      'a developed file, made by hand',
      ada,
      `insert into storage.objects (bucket_id, name) values ('developed', $1 || '/x.jpg')`,
      [ada.claims.sub],
    ],
    [
      'a file of an anonymous visitor',
      { role: 'authenticated', claims: { sub: '00000000-0000-4000-a000-0000000000ff', is_anonymous: true } },
      `insert into storage.objects (bucket_id, name) values ('photographs', '00000000-0000-4000-a000-0000000000ff/x.jpg')`,
      [],
    ],
  ]
  test.each(cases)('%s', async (_, caller, text, values) => {
    await expect(platform.as(caller, text, values)).rejects.toMatchObject({ code: denied })
  })
})

describe('what finds nothing to change', () => {
  const cases: [string, Caller, string, unknown[]][] = [
    [
      "another's draft",
      stranger,
      `update public.photographs set title = 'x' where id = $1 returning 1`,
      [photograph(2)],
    ],
    ['one under review', elena, `update public.photographs set title = 'x' where id = $1 returning 1`, [photograph(9)]],
    ['one that is public', hiro, `delete from public.photographs where id = $1 returning 1`, [photograph(12)]],
    [
      'the file of one under review',
      elena,
      `update storage.objects set metadata = '{}' where bucket_id = 'photographs' and name like '%snow-in-june.jpg' returning 1`,
      [],
    ],
    [
      'the file of one that is public',
      hiro,
      `update storage.objects set metadata = '{}' where bucket_id = 'photographs' and name like '%/seeding.jpg' returning 1`,
      [],
    ],
    [
      "another's profile",
      stranger,
      `update public.photographers set name = 'x' where id = $1 returning 1`,
      [ada.claims.sub],
    ],
    ["another's comment", stranger, `delete from public.comments where author_id = $1 returning 1`, [ada.claims.sub]],
    [
      "another's favourites",
      stranger,
      `delete from public.favourites where photographer_id <> $1 returning 1`,
      [stranger.claims.sub],
    ],
  ]
  test.each(cases)('%s', async (_, caller, text, values) => {
    expect(await platform.as(caller, text, values)).toEqual([])
  })
})

test('a photographer uploads, describes, corrects and deletes a draft', async () => {
  const path = `${ada.claims.sub}/new.jpg`
  await platform.as(ada, `insert into storage.objects (bucket_id, name) values ('photographs', $1)`, [path])
  const [added] = await platform.as(
    ada,
    `insert into public.photographs (title, path) values ('New', $1) returning id, photographer_id, status`,
    [path],
  )
  expect(added).toMatchObject({ photographer_id: ada.claims.sub, status: 'draft' })
  expect(
    await platform.as(ada, `update public.photographs set title = 'Newer' where id = $1 returning title`, [added?.id]),
  ).toEqual([{ title: 'Newer' }])
  expect(await platform.as(ada, `delete from public.photographs where id = $1 returning 1`, [added?.id])).toHaveLength(
    1,
  )
})

test('who signs up becomes a photographer; an anonymous visitor only with an account', async () => {
  const id = '00000000-0000-4000-a000-00000000abcd'
  const photographers = () => platform.sql('select name from public.photographers where id = $1', [id])
  await platform.sql(`insert into auth.users (id, is_anonymous) values ($1, true)`, [id])
  expect(await photographers()).toEqual([])
  await platform.sql(
    `update auth.users set is_anonymous = false, raw_user_meta_data = '{"name": " Eve "}' where id = $1`,
    [id],
  )
  expect(await photographers()).toEqual([{ name: 'Eve' }])
})
