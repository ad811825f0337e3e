import { LRUCache } from 'lru-cache'
import { bytesOf, type Privileges, pieceOf } from '#database'
import { noMediaType, openApiDisabled } from '../errors/index.ts'
import type { Model } from '../model/index.ts'
import type { ReadRequest, RestRequest } from '../request/index.ts'
import { contentHeaders, type RestAnswer } from '../respond/index.ts'
import type { Settings } from '../settings.ts'
import { openApiDocument } from './document.ts'

export interface DescribeOptions {
  readonly model: Model
  readonly settings: Settings
  readonly privileges: (role: string) => Promise<Privileges>
  readonly url: () => string
}

/** What a role can do here. @throws RestError PGRST126 where the database's configuration hides it, PGRST107 */
export type Describe = (request: RestRequest, role: string) => Promise<RestAnswer>

const document = { kind: 'openapi', text: 'application/openapi+json' } as const

export function createDescribe({ model, settings, privileges: ask, url: outside }: DescribeOptions): Describe {
  /** By schema and role: asking the database what a role may do takes a while. */
  const documents = new LRUCache<string, string>({ max: 32 })
  const { searchPath, openApi } = settings

  return async (request, role) => {
    const { mode, security, url = new URL(outside()) } = openApi
    if (mode === 'disabled') throw openApiDisabled()
    const offered = request.accepts.some(({ kind }) => kind === 'openapi' || kind === 'json' || kind === 'any')
    if (!offered) throw noMediaType(request.accepts.map(({ text }) => text))
    const { schema } = request
    const key = `${schema}\0${role}`
    let body = documents.get(key)
    if (body === undefined) {
      const privileges = mode === 'follow-privileges' ? await ask(role) : undefined
      body = JSON.stringify(openApiDocument({ model, schema, searchPath, privileges, url, security }))
      documents.set(key, body)
    }
    return { status: 200, headers: contentHeaders(document, request), body: bytesOf(pieceOf(body)) }
  }
}

/** What describes the API may be a function of the database's own. */
export function withRootFunction(asked: ReadRequest, { openApi: { mode, rootFunction } }: Settings): ReadRequest {
  const { request, shape } = asked
  if (request.action !== 'describe' || rootFunction === undefined || mode === 'disabled') return asked
  return { request: { ...request, action: 'call', target: { kind: 'function', name: rootFunction } }, shape }
}
