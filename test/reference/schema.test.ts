import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Caller } from '#database'
import { type Backend, openBackend } from './backend.ts'
import { ada, anyone, edith, openPhotoPlatform, type PhotoPlatform, photograph, stranger } from './photo-platform.ts'

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
    const drafts = await photographs(ada, { status: { eq: 'draft' } })
    expect(drafts).toMatchObject([
      { title: 'Citrus, backlit', thumbnailUrl: expect.stringMatching(/^http/) },
      { title: 'Espresso at the corner', galleryUrl: expect.stringMatching(/^http/) },
      { title: 'Brushes, unwashed', thumbnailUrl: null, galleryUrl: null },
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
    const id = photograph(4)
    expect(await backend.graphql(ada, mutation, { id })).toEqual({
      data: { developPhotograph: { photographId: id, width: 560, height: 441 } },
    })
  })

  test("refuses in the function's words", async () => {
    expect(await backend.graphql(stranger, mutation, { id: photograph(2) })).toMatchObject({
      errors: [{ message: 'There is no such photograph.', extensions: { code: 'photograph_not_found' } }],
    })
  })
})
