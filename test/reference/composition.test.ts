import { readFileSync } from 'node:fs'
import { FunctionsHttpError } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '#database'
import { type Backend, openBackend } from './backend.ts'
import {
  ada,
  anyone,
  edith,
  openPhotoPlatform,
  type PhotoPlatform,
  person,
  photograph,
  photographer,
  root,
  stranger,
} from './photo-platform.ts'

let platform: PhotoPlatform
let backend: Backend
beforeAll(async () => {
  platform = await openPhotoPlatform()
  backend = await openBackend(platform)
})
afterAll(async () => {
  await backend[Symbol.asyncDispose]()
  await platform[Symbol.asyncDispose]()
})

const jonas = photographer(10)

const original = (number: number, file: string) =>
  readFileSync(`${root}supabase/storage/photographs/${person(number)}/${file}`)

/** What the function answers: its status and JSON. */
async function develop(caller: Caller, body: unknown): Promise<{ status: number; json: unknown }> {
  const client = await backend.as(caller)
  const { data, error, response } = await client.functions.invoke('develop', { body: body as Record<string, unknown> })
  const json = error instanceof FunctionsHttpError ? await error.context.json() : data
  return { status: response?.status ?? 0, json }
}

describe('the function develop', () => {
  test('a draft is developed: both sizes are stored, and seen by its photographer alone', async () => {
    const id = photograph(4)
    const folder = `${person(1)}/${id}`
    const paths = { gallery_path: `${folder}/gallery.jpg`, thumbnail_path: `${folder}/thumbnail.jpg` }
    expect(await develop(ada, { photograph_id: id })).toEqual({
      status: 200,
      json: { id, width: 560, height: 441, ...paths },
    })

    const columns = 'width, height, gallery_path, thumbnail_path, status'
    const [row] = await platform.as(ada, `select ${columns} from public.photographs where id = $1`, [id])
    expect(row).toEqual({ width: 560, height: 441, ...paths, status: 'draft' })
    const download = async (caller: Caller) =>
      (await (await backend.as(caller)).storage.from('developed').download(paths.thumbnail_path)).data?.type
    expect(await download(ada)).toBe('image/jpeg')
    expect(await download(stranger)).toBeUndefined()
    expect(await download(anyone)).toBeUndefined()
  })

  test('the original can be replaced, and developed again', async () => {
    const { storage } = await backend.as(ada)
    const options = { contentType: 'image/jpeg', upsert: true }
    const { error } = await storage
      .from('photographs')
      .upload(`${person(1)}/espresso.jpg`, original(11, 'chelsea.jpg'), options)
    expect(error).toBeNull()
    expect(await develop(ada, { photograph_id: photograph(3) })).toMatchObject({
      status: 200,
      json: { width: 451, height: 300 },
    })
  })

  test('a file that cannot be developed is refused in words, and the row stays as it was', async () => {
    const { storage } = await backend.as(ada)
    const path = `${person(1)}/not-a-photograph.jpg`
    await storage.from('photographs').upload(path, Buffer.from('hello'), { contentType: 'image/jpeg' })
    const [row] = await platform.as(
      ada,
      `insert into public.photographs (title, path) values ('Not', $1) returning id`,
      [path],
    )
    expect(await develop(ada, { photograph_id: row?.id })).toEqual({
      status: 422,
      json: { code: 'unusable_photograph', message: 'The file is not a JPEG photograph.' },
    })
    expect(await platform.as(ada, 'select developed_at from public.photographs where id = $1', [row?.id])).toEqual([
      { developed_at: null },
    ])
  })
})

describe('the function develop refuses', () => {
  const cases: [string, Caller, unknown, number, string][] = [
    ["another's draft", stranger, { photograph_id: photograph(2) }, 404, 'photograph_not_found'],
    ['a draft, by an editor', edith, { photograph_id: photograph(2) }, 404, 'photograph_not_found'],
    ['a draft, by a visitor', anyone, { photograph_id: photograph(2) }, 404, 'photograph_not_found'],
    ['one under review', photographer(5), { photograph_id: photograph(9) }, 409, 'photograph_not_a_draft'],
    ["another's public one", stranger, { photograph_id: photograph(12) }, 409, 'photograph_not_a_draft'],
    ['no id', ada, {}, 400, 'invalid_body'],
    ['an id that is none', ada, { photograph_id: "' or true --" }, 400, 'invalid_body'],
    ['a body that is no object', ada, 'null', 400, 'invalid_body'],
  ]
  test.each(cases)('%s', async (_, caller, body, status, code) => {
    expect(await develop(caller, body)).toMatchObject({ status, json: { code } })
  })

  test('a draft whose file is not there', async () => {
    const path = `${person(1)}/missing.jpg`
    const [row] = await platform.as(
      ada,
      `insert into public.photographs (title, path) values ('No', $1) returning id`,
      [path],
    )
    expect(await develop(ada, { photograph_id: row?.id })).toMatchObject({
      status: 409,
      json: { code: 'original_missing' },
    })
  })

  test('a call without a token', async () => {
    const response = await fetch(`${backend.url}/functions/v1/develop`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
  })

  test('another method', async () => {
    const client = await backend.as(ada)
    const { response } = await client.functions.invoke('develop', { method: 'GET' })
    expect(response?.status).toBe(405)
  })
})

describe('Photograph.thumbnailUrl and .galleryUrl', () => {
  const page = `query ($filter: PhotographFilter) {
    photographCollection(filter: $filter, orderBy: [{ id: AscNullsLast }]) {
      edges { node { title thumbnailUrl galleryUrl } }
    }
  }`
  interface Page {
    photographCollection: { edges: { node: { title: string; thumbnailUrl: string; galleryUrl: string } }[] }
  }
  const photographs = async (caller: Caller, filter = {}) => {
    const { data, errors } = await backend.graphql(caller, page, { filter })
    expect(errors).toBeUndefined()
    return (data as Page).photographCollection.edges.map(({ node }) => node)
  }

  test('a visitor fetches the pictures of the gallery, without a token', async () => {
    const gallery = await photographs(anyone)
    expect(gallery).toHaveLength(13)
    for (const url of gallery.flatMap(({ thumbnailUrl, galleryUrl }) => [thumbnailUrl, galleryUrl])) {
      const response = await fetch(url)
      expect(response.headers.get('content-type')).toBe('image/jpeg')
      await response.arrayBuffer()
    }
  })

  test('a draft has them for its photographer, one that is not developed for nobody', async () => {
    expect(await photographs(ada, { id: { eq: photograph(2) } })).toMatchObject([
      { thumbnailUrl: expect.stringMatching(/^http/), galleryUrl: expect.stringMatching(/^http/) },
    ])
    expect(await photographs(jonas, { id: { eq: photograph(15) } })).toMatchObject([
      { thumbnailUrl: null, galleryUrl: null },
    ])
  })

  test('an editor has those of the queue', async () => {
    const queue = await photographs(edith, { status: { eq: 'submitted' } })
    expect(queue.map(({ thumbnailUrl }) => typeof thumbnailUrl)).toEqual(Array(5).fill('string'))
  })
})

describe('developPhotograph', () => {
  const mutation = `mutation ($id: UUID!) { developPhotograph(photographId: $id) { photographId width height } }`

  test('develops a draft of the caller', async () => {
    const id = photograph(15)
    expect(await backend.graphql(jonas, mutation, { id })).toEqual({
      data: { developPhotograph: { photographId: id, width: 512, height: 512 } },
    })
  })

  test("refuses in the function's words", async () => {
    expect(await backend.graphql(stranger, mutation, { id: photograph(2) })).toMatchObject({
      errors: [{ message: 'There is no such photograph.', extensions: { code: 'photograph_not_found' } }],
    })
  })
})
