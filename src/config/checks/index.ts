import type { Sections } from '../sections/index.ts'
import { checkAuth } from './auth.ts'
import { type Complain, requireKeys } from './rule.ts'
import { checkStorage } from './storage.ts'

/** What one key demands of another; as Supabase's CLI demands it. Paths are in camelCase. */
export function checkSections(sections: Sections, complain: Complain): void {
  const { api, analytics, experimental } = sections
  if (api.externalUrl !== undefined && !/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(api.externalUrl)) {
    complain(['api', 'externalUrl'], 'an http:// or https:// URL without credentials, query or fragment')
  }
  if (api.enabled && api.tls.enabled && (api.tls.certPath === undefined) !== (api.tls.keyPath === undefined)) {
    const missing = api.tls.certPath === undefined ? 'certPath' : 'keyPath'
    complain(['api', 'tls', missing], 'a path: certificate and key go together')
  }
  checkAuth(sections.auth, complain)
  checkStorage(sections.storage, complain)
  if (analytics.enabled && analytics.backend === 'bigquery') {
    requireKeys(complain, ['analytics'], analytics, {
      gcpProjectId: "the Google Cloud project's id",
      gcpProjectNumber: "the Google Cloud project's number",
      gcpJwtPath: "the path of a service account's key",
    })
  }
  if (!experimental.webhooks.enabled) {
    complain(['experimental', 'webhooks', 'enabled'], 'true: webhooks cannot be switched off')
  }
  const { formatOptions } = experimental.pgdelta
  if (formatOptions !== undefined && !isJson(formatOptions)) {
    complain(['experimental', 'pgdelta', 'formatOptions'], 'JSON')
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
