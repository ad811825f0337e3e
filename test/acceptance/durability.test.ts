import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { afterAll, expect, test } from 'vitest'
import { descendantsOf, folderOf, leftOf, type Running, startPortico } from '../cli/portico.ts'

// A real backend under load is killed at moments of chance; whatever it had acknowledged must be there afterwards.

const project = folderOf({
  'supabase/config.toml': 'project_id = "drill"\n[edge_runtime]\nenabled = false\n',
  'supabase/migrations/1_notes.sql': `
    create table notes (id uuid primary key);
    create table copies (id uuid primary key references notes);
    alter table notes enable row level security;
    alter table copies enable row level security;`,
})
afterAll(() => project.remove())

/** What was acknowledged, over all rounds. */
const kept = {
  users: new Map<string, string>(),
  notes: new Set<string>(),
  buckets: new Set<string>(),
  /** By name; an overwritten object's is a count, which only grows. */
  objects: new Map<string, number>(),
}
const bucket = 'drill'
const overwritten = 'overwritten'

test.each<[victim: 'portico' | 'postgres', rounds: number]>([
  ['portico', 3],
  ['postgres', 2],
])('kill -9 of %s loses nothing that was acknowledged', { timeout: 300_000 }, async (victim, rounds) => {
  let running = await startPortico(['--project', project.path])
  try {
    await clientOf(running).storage.createBucket(bucket)
    for (let round = 0; round < rounds; round++) {
      const load = write(clientOf(running), running)
      await load.begun
      await sleep(Math.random() * 800)
      running = victim === 'portico' ? await killPortico(running) : await killPostgres(running)
      await load.stop()
      await check(running)
    }
  } finally {
    await running.end('SIGTERM')
  }
})

/** Kills Portico and starts it at once, in the same folder. */
async function killPortico(running: Running): Promise<Running> {
  const children = descendantsOf(running.pid)
  process.kill(running.pid, 'SIGKILL')
  const next = await startPortico(['--project', project.path])
  expect(await leftOf(children), 'nothing outlives Portico').toEqual([])
  return next
}

/** Kills the server's first process, and waits for Portico to have another. */
async function killPostgres(running: Running): Promise<Running> {
  const pid = () => Number(readFileSync(join(project.path, '.portico/postgres/postmaster.pid'), 'utf8').split('\n')[0])
  const killed = pid()
  process.kill(killed, 'SIGKILL')
  const health = async () => pid() !== killed && (await fetch(`${running.facts.API_URL}/health`)).ok
  await expect.poll(() => health().catch(() => false)).toBe(true)
  return running
}

/** Writes of every kind at once, one after the other of each kind, until they fail or are told to stop. */
function write(client: SupabaseClient, running: Running): { begun: Promise<unknown>; stop(): Promise<unknown> } {
  let isOver = false
  const begun: Promise<void>[] = []
  const until = async (one: () => Promise<boolean>) => {
    const first = Promise.withResolvers<void>()
    begun.push(first.promise)
    while (!isOver && (await one().catch(() => false))) first.resolve()
    first.reject(new Error('nothing could be written'))
  }
  const password = 'correct horse battery'
  let count = kept.objects.get(overwritten) ?? 0
  const writers = [
    until(async () => {
      const email = `${randomUUID()}@example.com`
      const { data } = await visitorOf(running).auth.signUp({ email, password })
      if (data.session) kept.users.set(email, data.session.refresh_token)
      return data.session !== null
    }),
    until(async () => {
      const id = randomUUID()
      const done = await insertNote(running, id)
      if (done) kept.notes.add(id)
      return done
    }),
    until(async () => {
      const id = `bucket-${randomUUID()}`
      const { data } = await client.storage.createBucket(id)
      if (data) kept.buckets.add(id)
      return data !== null
    }),
    ...[1, 2].map(() =>
      until(async () => {
        const name = `folder/${randomUUID()}`
        const { data } = await client.storage.from(bucket).upload(name, content(1))
        if (data) kept.objects.set(name, 1)
        return data !== null
      }),
    ),
    until(async () => {
      const next = ++count
      const { data } = await client.storage.from(bucket).upload(overwritten, content(next), { upsert: true })
      if (data) kept.objects.set(overwritten, next)
      return data !== null
    }),
  ]
  return {
    /** Each kind was acknowledged once. */
    begun: Promise.all(begun),
    stop: () => {
      isOver = true
      return Promise.all(writers)
    },
  }
}

/** Two tables in one request: both or neither. */
async function insertNote({ facts }: Running, id: string): Promise<boolean> {
  const query = `mutation($id: UUID!) {
    insertIntonotesCollection(objects: [{id: $id}]) { affectedCount }
    insertIntocopiesCollection(objects: [{id: $id}]) { affectedCount }
  }`
  const answer = await graphql(facts, query, { id })
  return answer.data?.insertIntocopiesCollection?.affectedCount === 1
}

async function check(running: Running): Promise<void> {
  const client = clientOf(running)
  const notes = await idsOf(running, 'notes')
  expect([...kept.notes].filter((id) => !notes.has(id))).toEqual([])
  expect(await idsOf(running, 'copies'), 'both or neither').toEqual(notes)

  const { data: buckets } = await client.storage.listBuckets()
  const there = new Set(buckets?.map(({ id }) => id))
  expect([...kept.buckets].filter((id) => !there.has(id))).toEqual([])

  const { data: folder } = await client.storage.from(bucket).list('folder', { limit: 10_000 })
  const names = [overwritten, ...(folder ?? []).map(({ name }) => `folder/${name}`)]
  expect([...kept.objects.keys()].filter((name) => !names.includes(name))).toEqual([])
  for (const name of names) {
    const { data, error } = await client.storage.from(bucket).download(name)
    expect(error, name).toBe(null)
    const bytes = Buffer.from((await data?.arrayBuffer()) ?? new ArrayBuffer())
    expect(countOf(bytes), name).toBeGreaterThanOrEqual(kept.objects.get(name) ?? 1)
  }

  const { data: users } = await client.auth.admin.listUsers({ perPage: 1000 })
  const emails = new Set(users.users.map(({ email }) => email))
  expect([...kept.users.keys()].filter((email) => !emails.has(email))).toEqual([])
  for (const [email, refresh_token] of kept.users) {
    const { data } = await visitorOf(running).auth.refreshSession({ refresh_token })
    expect(data.user?.identities, email).toHaveLength(1)
    if (data.session) kept.users.set(email, data.session.refresh_token)
  }
}

/** Bytes that tell whether they are whole: a number, noise, and a checksum of both. */
function content(count: number): Buffer {
  const body = Buffer.concat([Buffer.from([count >> 8, count & 255]), randomBytes(1 + Math.random() * 200_000)])
  return Buffer.concat([body, createHash('sha256').update(body).digest()])
}

function countOf(bytes: Buffer): number {
  const [body, sum] = [bytes.subarray(0, -32), bytes.subarray(-32)]
  expect(createHash('sha256').update(body).digest().equals(sum), 'the bytes are whole').toBe(true)
  return body.readUInt16BE(0)
}

async function idsOf({ facts }: Running, table: string): Promise<Set<string>> {
  const ids = new Set<string>()
  let cursor: string | null = null
  do {
    const query: string = `query($after: Cursor) { ${table}Collection(first: 1000, after: $after) { edges { node { id } } pageInfo { endCursor hasNextPage } } }`
    const page: Anything = (await graphql(facts, query, { after: cursor })).data?.[`${table}Collection`]
    for (const { node } of page.edges) ids.add(node.id)
    cursor = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  } while (cursor !== null)
  return ids
}

type Anything = ReturnType<typeof JSON.parse>

async function graphql(facts: Running['facts'], query: string, variables: object): Promise<Anything> {
  const response = await fetch(`${facts.API_URL}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: facts.SECRET_KEY ?? '' },
    body: JSON.stringify({ query, variables }),
  })
  return JSON.parse(await response.text())
}

const options = { auth: { persistSession: false, autoRefreshToken: false } }

function clientOf({ facts }: Running): SupabaseClient {
  return createClient(facts.API_URL ?? '', facts.SECRET_KEY ?? '', options)
}

function visitorOf({ facts }: Running): SupabaseClient {
  return createClient(facts.API_URL ?? '', facts.PUBLISHABLE_KEY ?? '', options)
}
