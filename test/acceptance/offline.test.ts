import type { SupabaseClient } from '@supabase/supabase-js'
import pg from 'pg'
import { createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { type Note, noteSchema, offlineProject, replications } from './offline.ts'

/** Devices that go on without a network: RxDB keeps their notes, and evens them out with Portico when there is one. */
let app: TestApp
const devices: Device[] = []

beforeAll(async () => {
  app = await createTestApp({ files: offlineProject })
})
afterAll(() => app?.close())
afterEach(async () => {
  for (const device of devices.splice(0)) await device.close()
})

interface Device {
  readonly notes: RxCollection<Note>
  goOnline(): Promise<void>
  goOffline(): Promise<void>
  /** Resolves as soon as the device has just these bodies, in the order of their ids. */
  shows(...bodies: readonly string[]): Promise<void>
  close(): Promise<void>
}

let named = 0

async function createDevice(way: keyof typeof replications, client: SupabaseClient): Promise<Device> {
  const database: RxDatabase = await createRxDatabase({ name: `device${named++}`, storage: getRxStorageMemory() })
  const { notes } = await database.addCollections({ notes: { schema: noteSchema } })
  const collection = notes as RxCollection<Note>
  let replication: Awaited<ReturnType<(typeof replications)[typeof way]>> | undefined
  const device: Device = {
    notes: collection,
    async goOnline() {
      replication = await replications[way](app, client, collection)
      await replication.awaitInSync()
    },
    async goOffline() {
      await replication?.cancel()
      replication = undefined
    },
    shows: (...bodies) =>
      new Promise((resolve) => {
        const seen = collection.find({ sort: [{ id: 'asc' }] }).$.subscribe((documents) => {
          if (documents.map(({ body }) => body).join() !== bodies.join()) return
          resolve()
          queueMicrotask(() => seen.unsubscribe())
        })
      }),
    async close() {
      await device.goOffline()
      await database.close()
    },
  }
  devices.push(device)
  return device
}

async function signUp(): Promise<SupabaseClient> {
  const client = app.client()
  await client.auth.signInAnonymously()
  return client
}

describe.each(['data-api', 'graphql'] as const)('%s', (way) => {
  test('what was written without a network reaches the other device, and a deletion too', async () => {
    const ada = await signUp()
    const [phone, tablet] = [await createDevice(way, ada), await createDevice(way, ada)]
    await phone.notes.insert({ id: `a-${way}`, body: 'on a plane' })
    await phone.notes.insert({ id: `b-${way}`, body: 'to be thrown away' })
    await tablet.notes.insert({ id: `c-${way}`, body: 'in a tunnel' })
    await phone.goOnline()
    await tablet.goOnline()
    await tablet.shows('on a plane', 'to be thrown away', 'in a tunnel')
    await phone.shows('on a plane', 'to be thrown away', 'in a tunnel')

    // Both have a network: each hears of what the other does.
    await phone.notes.findOne(`b-${way}`).remove()
    await tablet.shows('on a plane', 'in a tunnel')
    await tablet.notes.findOne(`a-${way}`).patch({ body: 'landed' })
    await phone.shows('landed', 'in a tunnel')
  })

  test('of two devices that changed one document the later one hears of the conflict', async () => {
    const ada = await signUp()
    const [phone, tablet] = [await createDevice(way, ada), await createDevice(way, ada)]
    await phone.notes.insert({ id: `d-${way}`, body: 'first' })
    await phone.goOnline()
    await tablet.goOnline()
    await tablet.shows('first')
    await phone.goOffline()
    await tablet.goOffline()
    await phone.notes.findOne(`d-${way}`).patch({ body: 'by phone' })
    await tablet.notes.findOne(`d-${way}`).patch({ body: 'by tablet' })
    await phone.goOnline()
    await tablet.goOnline()
    // As the conflict handler of the collection says, by default what the server has.
    await tablet.shows('by phone')
    await phone.shows('by phone')
  })

  test('nobody gets what is not theirs', async () => {
    const [ada, ben] = [await signUp(), await signUp()]
    const [hers, his] = [await createDevice(way, ada), await createDevice(way, ben)]
    await hers.notes.insert({ id: `secret-${way}`, body: 'hers' })
    await his.goOnline()
    await hers.goOnline()
    await his.notes.insert({ id: `open-${way}`, body: 'his' })
    await his.shows('his')
    await hers.shows('hers')
    const admin = new pg.Client(app.app.databaseUrl)
    await admin.connect()
    const { rows } = await admin.query(
      `select count(distinct owner)::int from notes where id in ('secret-${way}', 'open-${way}')`,
    )
    expect(rows).toEqual([{ count: 2 }])
    await admin.end()
  })
})

test('a transaction that takes long is not passed over by who reads meanwhile', async () => {
  const ada = await signUp()
  const owner = (await ada.auth.getUser()).data.user?.id
  const [slow, fast] = [new pg.Client(app.app.databaseUrl), new pg.Client(app.app.databaseUrl)]
  await Promise.all([slow.connect(), fast.connect()])
  await slow.query('begin')
  await slow.query('insert into notes (id, body, owner) values ($1, $2, $3)', ['slow', 'slow', owner])
  const later = fast.query('insert into notes (id, body, owner) values ($1, $2, $3)', ['fast', 'fast', owner])
  await slow.query('commit')
  await later
  const { data } = await ada.from('notes').select('id').order('_modified')
  expect(data).toEqual([{ id: 'slow' }, { id: 'fast' }])
  await Promise.all([slow.end(), fast.end()])
})
