// Develops a photograph: makes the gallery and thumbnail sizes of its original and notes them in its row.
//
//   POST { "photograph_id": "…" }   ->   200 { id, width, height, gallery_path, thumbnail_path }
//
// Database webhooks call it as the service role, with an uploaded file or a photograph that was entered
// (migrations/…_events.sql). Where there is nothing to develop they are told so with 200, since another attempt would
// find no more.
//
// The caller must see the photograph's row as a draft, which row-level security grants to its photographer alone. A
// photograph can be developed again for as long as it is a draft. Refusals are `{ code, message }`.

import { asCaller, asService } from '../_shared/backend.ts'
import { Refusal, reply, replyToError, replyToPreflight } from '../_shared/reply.ts'
import { develop, UnusablePhotograph } from './darkroom/index.ts'
import { findDraft, saveDeveloped, type Wanted } from './photograph.ts'
import { codec } from './darkroom/wasm.ts'

Deno.serve(async (request) => {
  if (request.method === 'OPTIONS') return replyToPreflight()
  try {
    return reply(200, await handle(request))
  } catch (error) {
    return replyToError(error)
  }
})

async function handle(request: Request) {
  if (request.method !== 'POST') throw new Refusal(405, 'method_not_allowed', 'Call this function with POST.')
  const body = await request.json().catch(() => undefined)
  const changed = changedRow(body)
  if (changed === undefined) return await developDraft(request, { id: photographId(body) })
  try {
    return await developDraft(request, changed)
  } catch (error) {
    if (error instanceof Refusal) return { skipped: error.code }
    throw error
  }
}

async function developDraft(request: Request, wanted: Wanted) {
  const caller = asCaller(request)
  const draft = await findDraft(caller, wanted)
  const { data: original } = await caller.storage.from('photographs').download(draft.path)
  if (!original) throw new Refusal(409, 'original_missing', 'Upload the original before developing it.')

  const developed = await develop(new Uint8Array(await original.arrayBuffer()), codec).catch((error) => {
    if (error instanceof UnusablePhotograph) throw new Refusal(422, 'unusable_photograph', error.message)
    throw error
  })
  return saveDeveloped(asService(), draft, developed)
}

/** What a database webhook says has changed: a file, which is a photograph's path, or a photograph. */
function changedRow(body: unknown): Wanted | undefined {
  const { schema, table, record } = (body ?? {}) as { schema?: unknown; table?: unknown; record?: Record<string, unknown> }
  if (schema === 'storage' && table === 'objects') return { path: String(record?.name) }
  if (schema === 'public' && table === 'photographs') return { path: String(record?.path) }
  return undefined
}

function photographId(body: unknown): string {
  const id = (body as { photograph_id?: unknown } | null | undefined)?.photograph_id
  if (typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return id
  throw new Refusal(400, 'invalid_body', 'Send JSON with the id of a photograph: { "photograph_id": "…" }.')
}
