import type { Backend } from '../_shared/backend.ts'
import { Refusal } from '../_shared/reply.ts'
import type { Developed } from './darkroom/index.ts'

export interface Draft {
  readonly id: string
  readonly photographerId: string
  /** Of the original, in the bucket `photographs`. */
  readonly path: string
}

/** The photograph, if the caller sees it and it is still a draft. */
export async function findDraft(caller: Backend, id: string): Promise<Draft> {
  const { photographCollection } = await caller.graphql<Found<Draft & { status: string }>>(
    `query FindDraft($id: UUID!) {
      photographCollection(filter: { id: { eq: $id } }, first: 1) {
        edges { node { id photographerId path status } }
      }
    }`,
    { id },
  )
  const photograph = photographCollection.edges[0]?.node
  if (!photograph) throw new Refusal(404, 'photograph_not_found', 'There is no such photograph.')
  if (photograph.status !== 'draft') {
    const message = `This photograph is ${photograph.status}; only drafts can be developed.`
    throw new Refusal(409, 'photograph_not_a_draft', message)
  }
  return photograph
}

/** Stores the sizes first and names them in the row last: a row never points to a file that is not there. */
export async function saveDeveloped(service: Backend, draft: Draft, developed: Developed) {
  const { width, height } = developed
  const folder = `${draft.photographerId}/${draft.id}`
  const paths = { gallery: `${folder}/gallery.jpg`, thumbnail: `${folder}/thumbnail.jpg` }
  await store(service, paths.gallery, developed.gallery)
  await store(service, paths.thumbnail, developed.thumbnail)

  const { updatePhotographCollection } = await service.graphql<Updated>(
    `mutation SaveDeveloped($draft: PhotographFilter!, $developed: PhotographUpdateInput!) {
      updatePhotographCollection(filter: $draft, set: $developed, atMost: 1) { affectedCount }
    }`,
    {
      draft: { id: { eq: draft.id }, path: { eq: draft.path }, status: { eq: 'draft' } },
      developed: {
        width,
        height,
        galleryPath: paths.gallery,
        thumbnailPath: paths.thumbnail,
        developedAt: new Date().toISOString(),
      },
    },
  )
  if (updatePhotographCollection.affectedCount !== 1) {
    throw new Refusal(409, 'photograph_not_a_draft', 'The photograph was submitted or deleted in the meantime.')
  }
  return { id: draft.id, width, height, gallery_path: paths.gallery, thumbnail_path: paths.thumbnail }
}

interface Found<Node> {
  readonly photographCollection: { readonly edges: readonly { readonly node: Node }[] }
}

interface Updated {
  readonly updatePhotographCollection: { readonly affectedCount: number }
}

async function store(service: Backend, path: string, jpeg: Uint8Array): Promise<void> {
  const options = { contentType: 'image/jpeg', upsert: true }
  const { error } = await service.storage.from('developed').upload(path, jpeg, options)
  if (error) throw new Error(`Storing ${path} failed: ${error.message}`)
}
