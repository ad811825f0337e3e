import { createHash } from 'node:crypto'
import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { catalogue, type ErrorCode } from '#errors'
import type { TrustedDocuments } from './trusted-documents.ts'

/** What of a request says which document is meant. */
export interface DocumentRequest {
  readonly query?: unknown
  /** "Persisted documents" of the GraphQL-over-HTTP specification. */
  readonly documentId?: unknown
  readonly extensions?: unknown
}

export interface PersistedOptions {
  /** Undefined where none are set. */
  readonly trusted: TrustedDocuments | undefined
  /** Whether no other document is answered. */
  readonly trustedOnly: boolean
  /** Apollo's automatic persisted queries. */
  readonly automatic: boolean
}

/** The text of the document that a request means, or why there is none. */
export type FindDocument = (request: DocumentRequest) => string | undefined | GraphQLError

/** Characters of the documents that clients have made known, together. */
const maxSize = 2_000_000

/**
 * Finds documents by id: those of the project, and those that clients sent before with their hash. Undefined where a
 * request names none at all, which the pipeline tells of.
 */
export function createFindDocument({ trusted, trustedOnly, automatic }: PersistedOptions): FindDocument {
  const known = new LRUCache<string, string>({ maxSize, sizeCalculation: (text, hash) => hash.length + text.length })

  return ({ query, documentId, extensions }) => {
    const hash = hashOf(extensions)
    const id = typeof documentId === 'string' ? documentId.replace(/^sha256:/, '') : hash
    const text = id === undefined ? undefined : trusted?.byId(id)
    if (text !== undefined) return text
    if (typeof query === 'string') {
      if (trustedOnly && !trusted?.has(query)) return refusal('DOCUMENT_NOT_TRUSTED')
      if (hash === undefined || trustedOnly) return query
      if (sha256(query) !== hash) return refusal('BAD_USER_INPUT', 'provided sha does not match query')
      if (automatic) known.set(hash, query)
      return query
    }
    if (typeof documentId === 'string') return refusal(trustedOnly ? 'DOCUMENT_NOT_TRUSTED' : 'DOCUMENT_NOT_FOUND')
    if (hash === undefined) return undefined
    if (trustedOnly) return refusal('DOCUMENT_NOT_TRUSTED')
    // The words and codes that Apollo's clients look for.
    if (!automatic) return refusal('PERSISTED_QUERY_NOT_SUPPORTED')
    return known.get(hash) ?? refusal('PERSISTED_QUERY_NOT_FOUND')
  }
}

function hashOf(extensions: unknown): string | undefined {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { version?: unknown; sha256Hash?: unknown } }
  const { version, sha256Hash } = persistedQuery ?? {}
  return version === 1 && typeof sha256Hash === 'string' ? sha256Hash.toLowerCase() : undefined
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function refusal(code: ErrorCode, message: string = catalogue[code].message): GraphQLError {
  return new GraphQLError(message, { extensions: { code } })
}
