import { beforeEach, describe, expect, test } from 'vitest'
import type { Caller } from '#database'
import { useFixture } from '../support/fixture.ts'
import {
  ada,
  edith,
  openCall,
  openPhotoPlatform,
  person,
  photograph,
  photographer,
  stranger,
  submission,
} from './photo-platform.ts'

const platform = useFixture(() => openPhotoPlatform())

const open = openCall(2)
const submit = (caller: Caller, id: string, call = open) =>
  platform.as(caller, 'select * from public.submit_photograph($1, $2)', [id, call])

/** A photographer with that many developed drafts, and no submission yet. */
async function newPhotographer(drafts: number): Promise<{ caller: Caller; drafts: string[] }> {
  const sub = crypto.randomUUID()
  await platform.sql(`insert into auth.users (id) values ($1)`, [sub])
  const rows = await platform.sql(
    `insert into public.photographs (photographer_id, title, path, width, height, gallery_path, thumbnail_path, developed_at)
     select $1::uuid, 'Draft ' || n, $1 || '/' || n, 3, 2, $1 || '/g' || n, $1 || '/t' || n, now()
     from generate_series(1, $2) as n returning id`,
    [sub, drafts],
  )
  return { caller: { role: 'authenticated', claims: { sub } }, drafts: rows.map(({ id }) => String(id)) }
}

describe('two photographs a week', () => {
  test('a third is refused in words, and the photograph stays a draft', async () => {
    const { caller, drafts } = await newPhotographer(3)
    const [first = '', second = '', third = ''] = drafts
    expect(await submit(caller, first)).toMatchObject([
      { status: 'pending', place: 1, photographer_id: caller.claims.sub },
    ])
    expect(await platform.as(caller, 'select public.submissions_left() as left')).toEqual([{ left: 1 }])
    expect(await submit(caller, second)).toMatchObject([{ place: 2 }])
    await expect(submit(caller, third)).rejects.toMatchObject({
      code: 'P0001',
      message: `Two photographs a week can be submitted, and this week's two are.`,
      hint: expect.stringMatching(/^The next week begins on \d{4}-\d\d-\d\d\.$/),
    })
    expect(
      await platform.as(
        caller,
        'select status from public.photographs where photographer_id = auth.uid() order by title',
      ),
    ).toEqual([{ status: 'submitted' }, { status: 'submitted' }, { status: 'draft' }])
  })

  test('of ten at once, two are admitted', async () => {
    const { caller, drafts } = await newPhotographer(10)
    const outcomes = await Promise.allSettled(drafts.map((id) => submit(caller, id)))
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(refusals).toHaveLength(8)
    for (const reason of refusals) expect(reason).toMatchObject({ code: 'P0001', message: /^Two photographs a week/ })
    expect(
      await platform.as(
        caller,
        'select place from public.submissions where photographer_id = auth.uid() order by place',
      ),
    ).toEqual([{ place: 1 }, { place: 2 }])
  })

  test('a transaction that cannot see the other submissions cannot slip one in', async () => {
    const { caller, drafts } = await newPhotographer(3)
    const [first = '', second = '', third = ''] = drafts
    const client = await platform.connect()
    try {
      await client.query('begin isolation level repeatable read')
      await client.query(
        `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)`,
        [JSON.stringify(caller.claims)],
      )
      await submit(caller, first)
      await submit(caller, second)
      const late = client.query('select public.submit_photograph($1, $2)', [third, open])
      await expect(late).rejects.toMatchObject({ code: '23505', constraint: 'submissions_one_a_place' })
    } finally {
      await client.end()
    }
  })

  test('the week ends on Sunday, 24:00 UTC', async () => {
    const weeks = await platform.sql(`
      select private.week_of(moment::timestamptz)::text as week from (values
        ('2026-11-22 23:59:59+00'), ('2026-11-23 00:00:00+00'), ('2026-11-23 00:30:00+01'), ('2026-11-29 23:59:59+00')
      ) as t (moment)`)
    expect(weeks.map(({ week }) => week)).toEqual(['2026-11-16', '2026-11-23', '2026-11-16', '2026-11-23'])
  })
})

describe('inside the window', () => {
  test.each([
    ['that is over', openCall(1), 'The open call "First light" is not open.'],
    ['still to come', openCall(3), 'The open call "Strangers" is not open.'],
    ['that does not exist', person(1), 'There is no such open call.'],
  ])('a call %s takes nothing', async (_, call, message) => {
    await expect(submit(ada, photograph(2), call)).rejects.toMatchObject({ code: 'P0001', message })
  })

  test('one call is open at a time', async () => {
    const overlapping = `insert into public.open_calls (title, opens_at, closes_at) values ('Too', now(), now() + interval '1 hour')`
    await expect(platform.as(edith, overlapping)).rejects.toMatchObject({ constraint: 'open_calls_one_at_a_time' })
  })

  test('the time of a submission is not for the caller to say', async () => {
    const backdated = `insert into public.submissions (photograph_id, open_call_id, submitted_at) values ($1, $2, now() - interval '30 days')`
    await expect(platform.as(ada, backdated, [photograph(2), openCall(1)])).rejects.toMatchObject({ code: '42501' })
  })
})

describe('only what may be submitted', () => {
  test.each([
    ['an undeveloped draft', ada, photograph(4), 'This photograph is not developed yet.'],
    ["another's draft", stranger, photograph(2), 'There is no such photograph.'],
    ['a submitted photograph', photographer(5), photograph(9), 'This photograph is already submitted.'],
    ['a selected photograph', ada, photograph(1), 'This photograph is already selected.'],
  ])('not %s', async (_, caller, id, message) => {
    await expect(submit(caller, id)).rejects.toMatchObject({ code: 'P0001', message })
  })

  test("not another's photograph that the caller sees", async () => {
    await expect(submit(edith, photograph(10))).rejects.toMatchObject({ code: '42501' })
  })

  test('a rejected photograph, to another call', async () => {
    expect(await submit(photographer(6), photograph(10))).toMatchObject([{ status: 'pending' }])
  })
})

describe('a review', () => {
  let submitted: { caller: Caller; photograph: string; submission: string }
  beforeEach(async () => {
    const { caller, drafts } = await newPhotographer(1)
    const [row] = await submit(caller, String(drafts[0]))
    submitted = { caller, photograph: String(drafts[0]), submission: String(row?.id) }
  })
  const review = (decision: string, note = '', caller: Caller = edith) =>
    platform.as(caller, 'select status from public.review_submission($1, $2, $3)', [
      submitted.submission,
      decision,
      note,
    ])
  const seenBy = async (caller: Caller) =>
    (await platform.as(caller, 'select status from public.photographs where id = $1', [submitted.photograph]))[0]
      ?.status

  test('selects: the photograph is public', async () => {
    expect(await seenBy(stranger)).toBeUndefined()
    expect(await review('select', 'Yes.')).toEqual([{ status: 'selected' }])
    expect(await seenBy(stranger)).toBe('selected')
  })

  test('rejects, and says why: the photograph stays private', async () => {
    await expect(review('reject')).rejects.toMatchObject({ constraint: 'reviews_rejections_say_why' })
    expect(await review('reject', 'Not this time.')).toEqual([{ status: 'rejected' }])
    expect(await seenBy(stranger)).toBeUndefined()
    expect(await platform.as(submitted.caller, 'select note from public.reviews')).toEqual([{ note: 'Not this time.' }])
  })

  test('counts once, however often it is sent', async () => {
    const twice = await Promise.all([review('select', 'first'), review('select', 'second')])
    expect(twice).toEqual([[{ status: 'selected' }], [{ status: 'selected' }]])
    const reviews = 'select count(*)::int as n from public.reviews where submission_id = $1'
    expect(await platform.sql(reviews, [submitted.submission])).toEqual([{ n: 1 }])
    await expect(review('reject', 'Changed my mind.')).rejects.toMatchObject({
      code: 'P0001',
      message: 'This submission was already decided the other way.',
    })
  })

  test("is not for one's own submission", async () => {
    const editor: Caller = {
      role: 'authenticated',
      claims: { ...submitted.caller.claims, app_metadata: { role: 'editor' } },
    }
    await expect(review('select', '', editor)).rejects.toMatchObject({ code: '42501' })
  })

  test('needs a submission', async () => {
    const none = [photograph(1), 'select', '']
    const call = platform.as(edith, 'select public.review_submission($1, $2, $3)', none)
    await expect(call).rejects.toMatchObject({ code: '23503' })
    expect(await platform.sql('select status from public.submissions where id = $1', [submission(9)])).toEqual([
      { status: 'pending' },
    ])
  })
})
