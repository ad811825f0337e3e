import { randomBytes } from 'node:crypto'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Observation } from '#observe'
import { createTestApp, type GraphqlAnswer, type TestApp } from '../support/app.ts'
import { createFront, databaseUrl } from '../support/front.ts'

/** A GIF of one pixel. */
const pixel = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64')

const files = {
  'supabase/migrations/20260101000000_photos.sql': `
    comment on schema public is e'@graphql({"max_rows": 100})';
    create table public.photos (id int primary key, path text, cover text);
    grant select on public.photos to anon, authenticated, service_role;
    insert into storage.buckets (id, name, public) values ('photos', 'photos', false), ('covers', 'covers', true), ('drafts', 'drafts', false);
    create policy "all may see" on storage.objects for select to anon, authenticated using (bucket_id = 'photos');
    create policy "all may see buckets" on storage.buckets for select to anon, authenticated using (true);
    create policy "own files" on storage.objects to authenticated
      using (bucket_id in ('photos', 'drafts') and owner_id = (select auth.uid())::text)
      with check (bucket_id in ('photos', 'drafts') and owner_id = (select auth.uid())::text);
    insert into public.photos select n, case when n < 100 then 'p/' || n end, 'c/' || n from generate_series(1, 100) n;`,
  'schema/photos.ts': `
    export default (builder) => {
      builder.tableField('photos', 'thumbnail', (t) =>
        t.string({
          columns: ['path'],
          resolve: builder.imageUrl('path', { bucket: 'photos', transform: { width: 40, height: 40 } }),
        }))
      builder.tableField('photos', 'coverUrl', (t) =>
        t.string({ columns: ['cover'], resolve: builder.imageUrl('cover', { bucket: 'covers', public: true, transform: { width: 9 } }) }))
    }`,
}

let embedded: TestApp
let managed: TestApp
const observed: Observation[] = []
beforeAll(async () => {
  embedded = await createTestApp({ files, observe: (observation) => observed.push(observation) })
  managed = await createFront(embedded, databaseUrl(embedded, 'authenticator'), { files })
  const admin = createClient(embedded.app.url, embedded.app.config.keys.secretKey)
  await Promise.all(
    Array.from({ length: 98 }, (_, n) =>
      admin.storage.from('photos').upload(`p/${n + 1}`, pixel, { contentType: 'image/gif' }),
    ),
  )
})
afterAll(async () => {
  await managed?.close()
  await embedded?.close()
})

async function signUp(backend: TestApp) {
  const client = backend.client()
  const { data, error } = await client.auth.signUp({
    email: `${randomBytes(6).toString('hex')}@example.com`,
    password: 'password',
  })
  if (error) throw error
  return { client, id: data.user?.id ?? '' }
}

const apiKey = ({ app: { config } }: TestApp) => config.managed?.publishableKey ?? config.keys.publishableKey

const storageRequests = () => observed.filter((each) => each.kind === 'request' && each.route === 'storage').length

describe.each<[how: string, backend: () => TestApp]>([
  ['embedded', () => embedded],
  ['managed', () => managed],
])('storage through GraphQL, %s', (_how, backend) => {
  test('a page of a hundred photographs gets its images with one call', async () => {
    const before = storageRequests()
    const { data, errors } = await backend().graphql(
      '{ photosCollection(first: 100, orderBy: [{id: AscNullsLast}]) { edges { node { id thumbnail coverUrl } } } }',
    )
    expect(errors).toBeUndefined()
    // One reaches Portico's own door in front of a managed Storage; an embedded one is called in the process.
    expect(storageRequests() - before).toBe(backend() === managed ? 1 : 0)
    const nodes = data.photosCollection.edges.map(({ node }: { node: object }) => node)
    // The last two have no object and no path.
    expect(nodes.map((node: { thumbnail: string | null }) => node.thumbnail === null)).toEqual(
      Array.from({ length: 100 }, (_, n) => n >= 98),
    )
    expect(nodes[0].thumbnail).toContain(`${backend().app.url}/storage/v1/render/image/sign/photos/p/1?token=`)
    expect(nodes[0].coverUrl).toBe(`${backend().app.url}/storage/v1/render/image/public/covers/c/1?width=9`)
    const image = await fetch(nodes[0].thumbnail)
    expect([image.status, image.headers.get('content-type')]).toEqual([200, 'image/gif'])
    await image.arrayBuffer()
  })

  test('buckets are listed; an object is moved, copied, signed as an image, and removed', async () => {
    const { client, id } = await signUp(backend())
    const ask = async (document: string, variables = {}) => {
      const answer = await backend().graphql(document, variables, client)
      expect(answer.errors).toBeUndefined()
      return answer.data
    }
    expect((await ask('{ storageBuckets { id name public } }')).storageBuckets).toEqual([
      { id: 'covers', name: 'covers', public: true },
      { id: 'drafts', name: 'drafts', public: false },
      { id: 'photos', name: 'photos', public: false },
    ])

    const { error } = await client.storage.from('photos').upload(`${id}/a.gif`, pixel, { contentType: 'image/gif' })
    expect(error).toBeNull()
    const paths = { from: `${id}/a.gif`, to: `${id}/b.gif`, copy: `${id}/c.gif` }
    await ask('mutation ($from: String!, $to: String!) { moveObject(bucket: "photos", from: $from, to: $to) }', paths)
    await ask('mutation ($to: String!, $copy: String!) { copyObject(bucket: "photos", from: $to, to: $copy) }', paths)
    const listed = await ask(
      'query ($id: String) { storageObjects(bucket: "photos", prefix: $id) { name mimeType } }',
      { id },
    )
    expect(listed.storageObjects).toEqual([
      { name: 'b.gif', mimeType: 'image/gif' },
      { name: 'c.gif', mimeType: 'image/gif' },
    ])
    const signed = await ask(
      'mutation ($to: String!) { createSignedUrl(bucket: "photos", path: $to, transform: {width: 5, resize: contain}) }',
      paths,
    )
    expect((await fetch(signed.createSignedUrl)).headers.get('x-transformations')).toBe('width:5,resizing_type:fit')
    const removed = await ask(
      'mutation ($paths: [String!]!) { removeObjects(bucket: "photos", paths: $paths) { name } }',
      { paths: [paths.to, paths.copy, 'p/1'] },
    )
    // Another's is not removed.
    expect(removed.removeObjects.map(({ name }: { name: string }) => name).sort()).toEqual([paths.to, paths.copy])
  })

  /** A request with files, as https://github.com/jaydenseric/graphql-multipart-request-spec has them. */
  const send = async (client: SupabaseClient, query: string, variables: object, file: Blob) => {
    const form = new FormData()
    form.set('operations', JSON.stringify({ query, variables: { ...variables, file: null } }))
    form.set('map', JSON.stringify({ 0: ['variables.file'] }))
    form.set('0', file, 'name.png')
    const { data } = await client.auth.getSession()
    const headers = { apikey: apiKey(backend()), authorization: `Bearer ${data.session?.access_token}` }
    const response = await fetch(`${backend().app.url}/graphql/v1`, { method: 'POST', headers, body: form })
    return (await response.json()) as GraphqlAnswer
  }
  const uploadFile = `mutation ($path: String!, $file: Upload!, $upsert: Boolean) {
    uploadObject(bucket: "photos", path: $path, file: $file, upsert: $upsert, cacheControl: 60) }`

  test('a file that comes with the request becomes an object, as whoever asks', async () => {
    const { client, id } = await signUp(backend())
    const path = `${id}/sent.bin`
    const bytes = randomBytes(700_000)
    const sent = await send(client, uploadFile, { path }, new Blob([bytes], { type: 'image/png' }))
    expect(sent).toEqual({ data: { uploadObject: path } })
    const bucket = client.storage.from('photos')
    const { data: info } = await bucket.info(path)
    expect(info).toMatchObject({ size: bytes.length, contentType: 'image/png', cacheControl: 'max-age=60' })
    const { data: stored } = await bucket.download(path)
    expect(Buffer.from((await stored?.arrayBuffer()) ?? new ArrayBuffer()).equals(bytes)).toBe(true)

    const taken = await send(client, uploadFile, { path }, new Blob(['other']))
    expect(taken.errors?.[0]).toMatchObject({ message: 'The resource already exists', extensions: { status: 400 } })
    const over = await send(client, uploadFile, { path, upsert: true }, new Blob(['other']))
    expect(over).toEqual({ data: { uploadObject: path } })
    expect(await (await bucket.download(path)).data?.text()).toBe('other')

    const elsewhere = uploadFile.replace('"photos"', '"covers"')
    const refused = await send(client, elsewhere, { path }, new Blob(['x']))
    expect(refused.errors?.[0]?.message).toBe('new row violates row-level security policy')
    // supabase-js would make `/object/x`, `/object/photos/a/b` and `/object/photos/a` of these.
    for (const bad of ['../x', `${id}/../../x`, 'a\\b', 'a#b', '.']) {
      const answer = await send(client, uploadFile, { path: bad }, new Blob(['x']))
      expect(answer.errors?.[0]).toMatchObject({ message: `Invalid key: ${bad}`, extensions: { code: 'InvalidKey' } })
    }
    const outside = await send(client, uploadFile.replace('"photos"', '"../auth"'), { path }, new Blob(['x']))
    expect(outside.errors?.[0]).toMatchObject({ message: 'Bucket name invalid' })
    const odd = { path: `${id}/what?.png` }
    expect(await send(client, uploadFile, odd, new Blob(['odd']))).toEqual({ data: { uploadObject: odd.path } })
    expect((await bucket.list(id, { search: 'what' })).data?.map(({ name }) => name)).toEqual(['what?.png'])
  })

  test('a signed upload URL lets its holder send one file, without signing in', async () => {
    const { client, id } = await signUp(backend())
    const path = `${id}/signed.txt`
    const { data, errors } = await backend().graphql(
      'mutation ($path: String!) { createSignedUploadUrl(bucket: "photos", path: $path) { signedUrl path token } }',
      { path },
      client,
    )
    expect(errors).toBeUndefined()
    const { signedUrl, token } = data.createSignedUploadUrl
    const nobody = backend().client().storage.from('photos')
    expect((await nobody.uploadToSignedUrl(`${id}/other.txt`, token, 'x')).error).not.toBeNull()
    const put = await fetch(signedUrl, { method: 'PUT', body: 'signed', headers: { apikey: apiKey(backend()) } })
    expect(put.status).toBe(200)
    expect(await (await client.storage.from('photos').download(path)).data?.text()).toBe('signed')
    const refused = await backend().graphql(
      'mutation ($path: String!) { createSignedUploadUrl(bucket: "covers", path: $path) { token } }',
      { path },
      client,
    )
    expect(refused.errors?.[0]?.message).toBe('new row violates row-level security policy')
  })

  test('an object is moved to another bucket by who may write there alone', async () => {
    const { client, id } = await signUp(backend())
    const paths = { from: `${id}/here`, to: `${id}/there` }
    await client.storage.from('photos').upload(paths.from, 'x')
    const move = (destination: string) =>
      backend().graphql(
        `mutation ($from: String!, $to: String!) {
          moveObject(bucket: "photos", from: $from, to: $to, destinationBucket: "${destination}") }`,
        paths,
        client,
      )
    expect((await move('covers')).errors?.[0]?.message).toBe('new row violates row-level security policy')
    expect((await move('drafts')).data).toEqual({ moveObject: true })
    expect(await (await client.storage.from('drafts').download(paths.to)).data?.text()).toBe('x')
    expect((await client.storage.from('photos').exists(paths.from)).data).toBe(false)
  })

  test('what Storage refuses is an error with its code', async () => {
    const { client } = await signUp(backend())
    const refused = await backend().graphql(
      'mutation { moveObject(bucket: "photos", from: "nothing", to: "other") }',
      {},
      client,
    )
    expect(refused.errors?.[0]).toMatchObject({ message: 'Object not found', extensions: { status: 400 } })
    const literal = await backend().graphql(
      'mutation { uploadObject(bucket: "photos", path: "a", file: "a") }',
      {},
      client,
    )
    expect(literal.errors?.[0]?.message).toContain('Upload takes a variable')
  })
})
