import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { SupabaseClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { connected } from '../database/sql-client.ts'
import { createTestApp } from '../support/app.ts'
import { useFixture } from '../support/fixture.ts'
import { superuser } from '../support/front.ts'

const original = readFileSync('supabase/storage/photographs/00000000-0000-4000-a000-000000000001/citrus.jpg')
const patience = { timeout: 100_000, interval: 200 }

const backend = useFixture(() => createTestApp())

async function signedIn(email: string): Promise<{ client: SupabaseClient; id: string; token: string }> {
  const client = backend.client()
  const { data, error } = await client.auth.signInWithPassword({
    email: `${email}@example.com`,
    password: 'photograph',
  })
  expect(error).toBeNull()
  return { client, id: data.user?.id ?? '', token: data.session?.access_token ?? '' }
}

const sql = (text: string) =>
  connected(superuser(backend), 'supabase_admin', async (client) => (await client.query(text)).rows)

describe('an original is developed by itself', () => {
  const upload = async (client: SupabaseClient, path: string, body = original) => {
    const options = { contentType: 'image/jpeg', upsert: true }
    expect((await client.storage.from('photographs').upload(path, body, options)).error).toBeNull()
  }
  const enter = async (client: SupabaseClient, path: string) => {
    const document = `mutation ($row: PhotographInsertInput!) {
      insertIntoPhotographCollection(objects: [$row]) { records { id galleryUrl } } }`
    const { data } = await backend.graphql(document, { row: { title: 'By itself', path } }, client)
    expect(data.insertIntoPhotographCollection.records).toMatchObject([{ galleryUrl: null }])
  }
  const developed = async (client: SupabaseClient, path: string) => {
    const document = `query ($path: String!) {
      photographCollection(filter: { path: { eq: $path } }) { edges { node { width developedAt thumbnailUrl } } } }`
    const { data } = await backend.graphql(document, { path }, client)
    return data.photographCollection.edges[0].node
  }

  test('when its file comes last, and again when the file is replaced', async () => {
    const { client, id } = await signedIn('bruno')
    const path = `${id}/row-first.jpg`
    await enter(client, path)
    await upload(client, path)
    await expect.poll(async () => (await developed(client, path)).thumbnailUrl, patience).toMatch(/^http/)
    const first = await developed(client, path)
    const picture = await fetch(first.thumbnailUrl)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])

    const another = 'supabase/storage/photographs/00000000-0000-4000-a000-000000000011/chelsea.jpg'
    await upload(client, path, readFileSync(another))
    await expect.poll(async () => (await developed(client, path)).width, patience).toBe(451)
  })

  test('when its row comes last', async () => {
    const { client, id } = await signedIn('chiara')
    const path = `${id}/file-first.jpg`
    await upload(client, path)
    await enter(client, path)
    await expect.poll(async () => (await developed(client, path)).thumbnailUrl, patience).toMatch(/^http/)
  })

  test('and what is no photograph is not tried again and again', async () => {
    const { client, id } = await signedIn('daniel')
    const path = `${id}/not-a-photograph.jpg`
    await upload(client, path, Buffer.from('hello'))
    await enter(client, path)
    const state = async () =>
      (await sql(`select state, attempts from portico.events where body::jsonb #>> '{record,path}' = '${path}'`))[0]
    await expect.poll(state, patience).toEqual({ state: 'delivered', attempts: 1 })
    expect((await developed(client, path)).thumbnailUrl).toBeNull()
  })
})

describe('the daily pick', () => {
  test('is made by cron where the editors have made none', async () => {
    const today = `select photograph_id, editor_id from public.daily_picks where day = (now() at time zone 'utc')::date`
    const [job] = await sql(`select schedule, username from cron.job where jobname = 'daily-pick'`)
    expect(job).toEqual({ schedule: '0 0 * * *', username: 'postgres' })
    await sql(`delete from public.daily_picks where day = (now() at time zone 'utc')::date`)
    await sql(`select cron.alter_job(jobid, '1 second') from cron.job where jobname = 'daily-pick'`)
    await expect.poll(async () => (await sql(today)).length, patience).toBe(1)
    const [pick] = await sql(today)
    expect(pick?.editor_id, 'by no editor').toBeNull()
    const succeeded = `select distinct status from cron.job_run_details where status = 'succeeded'`
    await expect.poll(() => sql(succeeded), patience).toEqual([{ status: 'succeeded' }])
    await sql(`select cron.alter_job(jobid, '0 0 * * *') from cron.job where jobname = 'daily-pick'`)
  })
})

describe('the vault', () => {
  test('has its key in a file of the server’s, beside the database', async () => {
    const { dataFolder } = backend.app.config
    expect(statSync(join(dataFolder, 'vault.key')).mode & 0o777).toBe(0o600)
    expect(await sql('select key from vault._key')).toEqual([])
    await sql(`select vault.create_secret('open sesame')`)
    expect(await sql('select decrypted_secret from vault.decrypted_secrets')).toEqual([
      { decrypted_secret: 'open sesame' },
    ])
  })
})

describe('the role of an editor', () => {
  test('is in the token of those whom the table names, from the next refresh on', async () => {
    const role = (token = '') => (decodeJwt(token).app_metadata as { role?: string }).role
    const edith = await signedIn('edith')
    const ada = await signedIn('ada')
    expect([role(edith.token), role(ada.token)]).toEqual(['editor', undefined])

    await sql(`insert into private.editors (user_id) values ('${ada.id}')`)
    const { data } = await ada.client.auth.refreshSession()
    expect(role(data.session?.access_token)).toBe('editor')
    await sql(`delete from private.editors where user_id = '${ada.id}'`)
    expect(role((await ada.client.auth.refreshSession()).data.session?.access_token)).toBeUndefined()
  })

  test('cannot be had by asking for it', async () => {
    const { client } = await signedIn('jonas')
    await client.auth.updateUser({ data: { role: 'editor', app_metadata: { role: 'editor' } } })
    const { data } = await client.auth.refreshSession()
    expect((decodeJwt(data.session?.access_token ?? '').app_metadata as { role?: string }).role).toBeUndefined()
  })
})
