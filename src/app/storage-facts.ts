import type { Config } from '#config'
import type { HolderFacts } from '#database'
import { s3KeyPair, s3Region } from '#storage'

/** Where S3 clients find Storage, and what they sign with, under the names of `supabase status`. */
export function storageFacts({ storage, http, keys }: Config): HolderFacts {
  if (!storage.s3Protocol.enabled) return {}
  const { accessKeyId, secretAccessKey } = s3KeyPair(keys.jwtSecret)
  return {
    STORAGE_S3_URL: `${http.externalUrl}/storage/v1/s3`,
    S3_PROTOCOL_ACCESS_KEY_ID: accessKeyId,
    S3_PROTOCOL_ACCESS_KEY_SECRET: secretAccessKey,
    S3_PROTOCOL_REGION: s3Region,
  }
}
