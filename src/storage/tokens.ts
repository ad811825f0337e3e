import { hkdfSync } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import { StorageError } from './errors/index.ts'
import type { ObjectAddress } from './objects/index.ts'

/** Lets whoever holds the token read one object. */
interface DownloadGrant {
  readonly expiresAt: Date
  /** As what image alone it may be read; undefined for the object itself. */
  readonly transformations: string | undefined
}

/** Lets whoever holds the token write one object, as its owner. */
interface UploadGrant {
  readonly owner: string | undefined
  readonly overwrite: boolean
}

/** Signs and verifies the tokens of signed URLs: each bound to one path, one purpose and an expiry. */
export interface SignedTokens {
  signDownload(address: ObjectAddress, expiresIn: number, transformations?: string): Promise<string>
  signUpload(address: ObjectAddress, grant: UploadGrant, expiresIn: number): Promise<string>
  /** Throws InvalidJWT for a token that is forged, expired or of another kind, InvalidSignature for another path. */
  verifyDownload(token: string, address: ObjectAddress): Promise<DownloadGrant>
  verifyUpload(token: string, address: ObjectAddress): Promise<UploadGrant>
}

type Scope = 'download' | 'upload'

/**
 * The key is derived from the project's secret, so that a token of a signed URL is not one of the API, nor the
 * other way round. Claims as supabase/storage has them.
 */
export function createSignedTokens(jwtSecret: string): SignedTokens {
  const key = new Uint8Array(hkdfSync('sha256', jwtSecret, '', 'portico storage signed URL', 32))

  const sign = (scope: Scope, address: ObjectAddress, claims: Record<string, unknown>, expiresIn: number) =>
    new SignJWT({ ...claims, url: pathOf(address), scope })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
      .sign(key)

  const verify = async (scope: Scope, token: string, address: ObjectAddress) => {
    const { payload } = await jwtVerify(token, key, { algorithms: ['HS256'], requiredClaims: ['exp'] }).catch(
      (error: unknown) => {
        throw error instanceof errors.JOSEError
          ? new StorageError('InvalidJWT', { message: error.message, cause: error })
          : error
      },
    )
    if (payload.scope !== scope) {
      throw new StorageError('InvalidSignature', { message: `Token is not scoped for ${scope}` })
    }
    if (payload.url !== pathOf(address)) throw new StorageError('InvalidSignature')
    return payload
  }

  return {
    signDownload: (address, expiresIn, transformations) => sign('download', address, { transformations }, expiresIn),
    signUpload: (address, { owner, overwrite }, expiresIn) =>
      sign('upload', address, { owner, upsert: overwrite }, expiresIn),
    async verifyDownload(token, address) {
      const { exp = 0, transformations } = await verify('download', token, address)
      return {
        expiresAt: new Date(exp * 1000),
        transformations: typeof transformations === 'string' ? transformations : undefined,
      }
    },
    async verifyUpload(token, address) {
      const { owner, upsert } = await verify('upload', token, address)
      return { owner: typeof owner === 'string' ? owner : undefined, overwrite: upsert === true }
    },
  }
}

function pathOf({ bucket, name }: ObjectAddress): string {
  return `${bucket}/${name}`
}
