import { readFileSync } from 'node:fs'
import type { SupabaseClient } from '@supabase/supabase-js'
import { expect } from 'vitest'
import type { TestApp } from '../support/app.ts'

const original = readFileSync('supabase/storage/photographs/00000000-0000-4000-a000-000000000001/citrus.jpg')

/**
 * The whole story of the reference application, told as its clients live it: supabase-js for accounts and files,
 * GraphQL for everything else, all over HTTP.
 */
export async function tellTheStory(backend: TestApp): Promise<void> {
  const photographer = await signUp(backend, `photographer-${crypto.randomUUID()}@example.com`)
  const stranger = await signUp(backend, `stranger-${crypto.randomUUID()}@example.com`)
  const editor = backend.client()
  const { error } = await editor.auth.signInWithPassword({ email: 'edith@example.com', password: 'photograph' })
  expect(error).toBeNull()

  const [first, second, third] = [
    await develop(backend, photographer, 'Still life with citrus'),
    await develop(backend, photographer, 'The same again'),
    await develop(backend, photographer, 'One too many'),
  ]
  const call = await ask(backend, photographer, '{ currentOpenCall { id title isOpen } submissionsLeft }')
  expect(call.submissionsLeft).toBe(2)

  // A stranger sees neither the draft's row nor its files.
  expect(await titleSeenBy(backend, stranger, first)).toBeUndefined()
  expect(await titleSeenBy(backend, undefined, first)).toBeUndefined()
  expect(await downloads(stranger, first.path, first.galleryPath)).toEqual([false, false])

  const submit = (photograph: Photograph) =>
    backend.graphql(
      `mutation ($photograph: UUID!, $call: UUID!) {
        submitPhotograph(photographId: $photograph, openCallId: $call) { id status photograph { title status } }
      }`,
      { photograph: photograph.id, call: call.currentOpenCall.id },
      photographer,
    )
  const submission = (await submit(first)).data.submitPhotograph
  expect(submission).toMatchObject({ status: 'pending', photograph: { title: first.title, status: 'submitted' } })
  expect((await submit(second)).errors).toBeUndefined()

  // The database refuses the third of the week, and says so.
  const refused = await submit(third)
  expect(refused.data?.submitPhotograph ?? null).toBeNull()
  expect(refused.errors?.[0]).toMatchObject({
    message: "Two photographs a week can be submitted, and this week's two are.",
    extensions: { code: 'RAISED' },
  })

  // Only editors review.
  const review = (as: SupabaseClient, id: string) =>
    backend.graphql(
      `mutation ($id: UUID!) { reviewSubmission(submissionId: $id, decision: select, note: "Light!") { status } }`,
      { id },
      as,
    )
  expect((await review(stranger, submission.id)).errors?.length).toBe(1)
  expect((await review(editor, submission.id)).data.reviewSubmission).toEqual({ status: 'selected' })

  // Now the public sees it, with a picture that loads without signing in.
  const published = await ask(
    backend,
    undefined,
    `query ($id: UUID!) { photographByPk(id: $id) { title status galleryUrl thumbnailUrl photographer { name } } }`,
    { id: first.id },
  )
  expect(published.photographByPk).toMatchObject({ title: first.title, status: 'selected' })
  for (const url of [published.photographByPk.galleryUrl, published.photographByPk.thumbnailUrl]) {
    const picture = await fetch(url)
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
    expect([...new Uint8Array(await picture.arrayBuffer()).slice(0, 3)]).toEqual([0xff, 0xd8, 0xff])
  }

  // The others are still nobody's business, and the original never becomes public.
  expect(await titleSeenBy(backend, stranger, third)).toBeUndefined()
  expect(await downloads(stranger, third.path, third.galleryPath, first.path)).toEqual([false, false, false])
}

interface Photograph {
  readonly id: string
  readonly title: string
  readonly path: string
  readonly galleryPath: string
}

async function signUp(backend: TestApp, email: string): Promise<SupabaseClient> {
  const client = backend.client()
  const { data, error } = await client.auth.signUp({
    email,
    password: 'correct horse',
    options: { data: { name: 'Ines' } },
  })
  expect(error).toBeNull()
  expect(data.session?.access_token).toBeTruthy()
  return client
}

/** Uploads an original and enters it in the portfolio: that has the edge function develop it, by a webhook. */
async function develop(backend: TestApp, as: SupabaseClient, title: string): Promise<Photograph> {
  const user = (await as.auth.getUser()).data.user
  const path = `${user?.id}/${crypto.randomUUID()}.jpg`
  const uploaded = await as.storage.from('photographs').upload(path, original, { contentType: 'image/jpeg' })
  expect(uploaded.error).toBeNull()
  const inserted = await ask(
    backend,
    as,
    `mutation ($row: PhotographInsertInput!) { insertIntoPhotographCollection(objects: [$row]) { records { id status } } }`,
    { row: { title, path } },
  )
  const { id, status } = inserted.insertIntoPhotographCollection.records[0]
  expect(status).toBe('draft')
  const galleryPath = async () => {
    const { photographByPk } = await ask(
      backend,
      as,
      'query ($id: UUID!) { photographByPk(id: $id) { galleryPath } }',
      { id },
    )
    return photographByPk.galleryPath
  }
  await expect.poll(galleryPath, { timeout: 100_000, interval: 200 }).toMatch(/gallery\.jpg$/)
  return { id, title, path, galleryPath: await galleryPath() }
}

async function ask(backend: TestApp, as: SupabaseClient | undefined, document: string, variables: object = {}) {
  const { data, errors } = await backend.graphql(document, variables, as)
  expect(errors).toBeUndefined()
  return data
}

async function titleSeenBy(
  backend: TestApp,
  as: SupabaseClient | undefined,
  { id }: Photograph,
): Promise<string | undefined> {
  const data = await ask(backend, as, 'query ($id: UUID!) { photographByPk(id: $id) { title } }', { id })
  return data.photographByPk?.title
}

async function downloads(as: SupabaseClient, ...paths: readonly string[]): Promise<boolean[]> {
  return await Promise.all(
    paths.map(async (path) => {
      const bucket = path.endsWith('/gallery.jpg') ? 'developed' : 'photographs'
      return (await as.storage.from(bucket).download(path)).data !== null
    }),
  )
}
