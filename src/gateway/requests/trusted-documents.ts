import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parse } from 'graphql'
import { errorMessage, PorticoError } from '#errors'
import { sha256 } from './persisted.ts'

/** The documents that a project's own clients send. */
export interface TrustedDocuments {
  /** By hash, by the id that a manifest gives it, or by path: `albums/list` for `albums/list.graphql`. */
  byId(id: string): string | undefined
  has(text: string): boolean
}

/**
 * Reads a folder of documents: `.graphql` and `.gql` files, and manifests as code generators write them, `.json` with an
 * object of texts by hash, or `{"operations": [{"id", "body"}]}` (Apollo).
 *
 * @throws PorticoError TRUSTED_DOCUMENTS_INVALID
 */
export async function readTrustedDocuments(folder: string): Promise<TrustedDocuments> {
  const byId = new Map<string, string>()
  const texts = new Set<string>()
  const files = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw invalid(folder, 'the folder cannot be read', cause)
  })
  for (const file of files.filter((entry) => entry.isFile())) {
    const path = join(file.parentPath, file.name)
    const [, name = '', ending] = /^(.*)\.(graphql|gql|json)$/.exec(relative(folder, path)) ?? []
    if (!ending) continue
    const content = await readFile(path, 'utf8')
    const documents = ending === 'json' ? readManifest(path, content) : new Map([[name.replaceAll('\\', '/'), content]])
    for (const [id, text] of documents) {
      try {
        parse(text)
      } catch (error) {
        throw invalid(path, `"${id}": ${errorMessage(error)}`, error)
      }
      byId.set(id, text).set(sha256(text), text)
      texts.add(text)
    }
  }
  return { byId: (id) => byId.get(id), has: (text) => texts.has(text) }
}

function readManifest(path: string, content: string): Map<string, string> {
  let parsed: unknown
  try {
    parsed = JSON.parse(content)
  } catch (error) {
    throw invalid(path, errorMessage(error), error)
  }
  const { operations } = (parsed ?? {}) as { operations?: readonly { id?: unknown; body?: unknown }[] }
  const entries = Array.isArray(operations)
    ? operations.map(({ id, body }) => [id, body])
    : Object.entries((parsed ?? {}) as object)
  const wrong = entries.find(([id, text]) => typeof id !== 'string' || typeof text !== 'string')
  if (wrong || typeof parsed !== 'object') throw invalid(path, 'expected an object of documents by id')
  return new Map(entries.map(([id, text]) => [String(id).replace(/^sha256:/, ''), String(text)]))
}

function invalid(path: string, what: string, cause?: unknown): PorticoError {
  const message = `${relative(process.cwd(), path)}: ${what}`
  return new PorticoError('TRUSTED_DOCUMENTS_INVALID', { message, ...(cause !== undefined && { cause }) })
}
