import { hkdfSync } from 'node:crypto'

export interface S3KeyPair {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What Supabase's CLI gives every local project, whose secret everybody knows as well. */
const local: S3KeyPair & { readonly jwtSecret: string } = {
  jwtSecret: 'super-secret-jwt-token-with-at-least-32-characters-long',
  accessKeyId: '625729a08b95bf1b7ff351a663f3a23c',
  secretAccessKey: '850181e4652dd023b7a98c58ae0d2d34bd487ee0cc3254aed6eda37307425907',
}

/** What clients give as the region; `local`, as with Supabase's CLI. */
export const s3Region = 'local'

/**
 * The project's keys of the S3 protocol. They open what the service key opens, and follow from the secret that signs
 * it, so that there is nothing more to keep.
 */
export function s3KeyPair(jwtSecret: string): S3KeyPair {
  if (jwtSecret === local.jwtSecret) return { accessKeyId: local.accessKeyId, secretAccessKey: local.secretAccessKey }
  const derived = (purpose: string, length: number) =>
    Buffer.from(hkdfSync('sha256', jwtSecret, '', `portico storage S3 ${purpose}`, length)).toString('hex')
  return { accessKeyId: derived('access key', 16), secretAccessKey: derived('secret', 32) }
}
