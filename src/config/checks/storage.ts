import type { Sections } from '../sections/index.ts'
import type { Complain } from './rule.ts'

/** What `[storage]` must say where its objects are kept on S3. */
export function checkStorage({ enabled, backend, s3 }: Sections['storage'], complain: Complain): void {
  if (!enabled || backend !== 's3') return
  const needs = {
    bucket: 'the name of a bucket',
    accessKeyId: 'an access key',
    secretAccessKey: "the access key's secret",
  } as const
  for (const [key, expected] of Object.entries(needs)) {
    if (!s3[key as keyof typeof needs]) complain(['storage', 's3', key], `${expected}, since storage.backend is "s3"`)
  }
  if (s3.endpoint !== undefined && !/^https?:\/\/[^/?#@]+(\/[^?#]*)?$/.test(s3.endpoint)) {
    complain(['storage', 's3', 'endpoint'], 'an http:// or https:// URL without credentials, query or fragment')
  }
}
