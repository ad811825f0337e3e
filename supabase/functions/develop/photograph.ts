import type { SupabaseClient } from '@supabase/supabase-js'
import { Refusal } from '../_shared/reply.ts'
import type { Developed } from './darkroom/index.ts'

export interface Draft {
  readonly id: string
  readonly photographer_id: string
  /** Of the original, in the bucket `photographs`. */
  readonly path: string
}

/** How a photograph is named: by its id, or by where its original is. */
export type Wanted = { readonly id: string } | { readonly path: string }

/** The photograph, if the caller sees it and it is still a draft. */
export async function findDraft(caller: SupabaseClient, wanted: Wanted): Promise<Draft> {
  const { data: photograph } = await caller
    .from('photographs')
    .select('id, photographer_id, path, status')
    .match(wanted)
    .maybeSingle()
    .throwOnError()
  if (!photograph) throw new Refusal(404, 'photograph_not_found', 'There is no such photograph.')
  if (photograph.status !== 'draft') {
    const message = `This photograph is ${photograph.status}; only drafts can be developed.`
    throw new Refusal(409, 'photograph_not_a_draft', message)
  }
  return photograph
}

/** Stores the sizes first and names them in the row last: a row never points to a file that is not there. */
export async function saveDeveloped(service: SupabaseClient, draft: Draft, developed: Developed) {
  const { id, path } = draft
  const { width, height } = developed
  const folder = `${draft.photographer_id}/${id}`
  const [gallery_path, thumbnail_path] = [`${folder}/gallery.jpg`, `${folder}/thumbnail.jpg`]
  await store(service, gallery_path, developed.gallery)
  await store(service, thumbnail_path, developed.thumbnail)

  const { data: saved } = await service
    .from('photographs')
    .update({ width, height, gallery_path, thumbnail_path, developed_at: new Date().toISOString() })
    .match({ id, path, status: 'draft' })
    .select('id, width, height, gallery_path, thumbnail_path')
    .maybeSingle()
    .throwOnError()
  if (!saved) {
    throw new Refusal(409, 'photograph_not_a_draft', 'The photograph was submitted or deleted in the meantime.')
  }
  return saved
}

async function store(service: SupabaseClient, path: string, jpeg: Uint8Array): Promise<void> {
  const options = { contentType: 'image/jpeg', upsert: true }
  const { error } = await service.storage.from('developed').upload(path, jpeg, options)
  if (error) throw new Error(`Storing ${path} failed: ${error.message}`)
}
