import type { DataStore } from '@tus/server'

/** Where bytes are kept. A version is written once and never changed; a new content is a new version. */
export interface ObjectKey {
  readonly bucket: string
  readonly name: string
  readonly version: string
}

/** What was stored. */
export interface StoredBytes {
  readonly size: number
  /** The MD5 of the content in quotes, as S3 has it for an object put in one piece. */
  readonly eTag: string
  readonly lastModified: Date
}

/** Positions of the first and the last byte. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/** Bytes ready to be read; they stay readable when the version is removed meanwhile. Close it unless it was streamed. */
export interface OpenBytes {
  readonly size: number
  /** All bytes or some of them. Closes when read to its end, cancelled or failed. */
  stream(range?: ByteRange): ReadableStream<Uint8Array>
  close(): Promise<void>
}

/** An upload that arrives in parts. */
export interface PartedUpload {
  readonly id: string
  readonly key: ObjectKey
}

export interface Part {
  /** From 1 to 10,000; parts are joined in its order. */
  readonly number: number
  readonly eTag: string
}

/** Gathers objects that arrive in parts. */
export interface Parts {
  /** Begins an upload and answers its id. */
  begin(key: ObjectKey): Promise<string>
  /** Stores a part of a known size, durably, in place of one with the same number; answers its entity tag. */
  put(upload: PartedUpload, number: number, body: AsyncIterable<Uint8Array>, size: number): Promise<string>
  /** Makes the parts the bytes of the key. May be asked again, after a crash, until the upload is abandoned. */
  join(upload: PartedUpload, parts: readonly Part[]): Promise<StoredBytes>
  /** Removes the parts. */
  abandon(upload: PartedUpload): Promise<void>
}

/** Gathers uploads that can be resumed, for the server of the TUS protocol. */
export interface Resumable {
  /** The store that the server of @tus/server writes to. */
  readonly store: DataStore
  /** What an upload for this key is called in the store. */
  idOf(key: ObjectKey): string
  /** The version of the key that an upload is for; undefined for what is no upload's name. */
  versionOf(id: string): string | undefined
  /** Makes a complete upload the bytes of its key. May be asked again, after a crash, until it is settled. */
  finish(id: string, key: ObjectKey): Promise<StoredBytes>
  /** Keeps of a finished upload no more than a note for the client that did not hear of its end. */
  settle(id: string): Promise<void>
}

/** How long an upload may be gathered over several requests, in milliseconds: a day, as on Supabase. */
export const gatheringTime = 24 * 60 * 60 * 1000

/** What versions are: UUIDs. */
export const versionPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** In the metadata of a resumable upload that is settled. */
export const settledMark = 'settled'

/** Keeps the bytes of objects: {@link import('./file/index.ts')} in a folder, {@link import('./s3/index.ts')} on S3. */
export interface Backend {
  readonly parts: Parts
  /** Loads what resumable uploads need when the first one comes; they expire after so many milliseconds. */
  resumable(expiration: number): Promise<Resumable>
  /** Stores a body. Durable when it resolves; leaves nothing behind when the body or the disk fails. */
  put(key: ObjectKey, body: AsyncIterable<Uint8Array>): Promise<StoredBytes>
  /** Undefined when there are no such bytes. */
  open(key: ObjectKey): Promise<OpenBytes | undefined>
  /** Stores the same bytes under a second key, durably. False when there are none to copy. */
  copy(from: ObjectKey, to: ObjectKey): Promise<boolean>
  /** Removes what is there; what is not is no error. */
  remove(keys: readonly ObjectKey[]): Promise<void>
  /** Every key whose bytes were stored before that time. */
  list(before: Date): AsyncIterable<ObjectKey>
  /**
   * Removes what interrupted uploads left that was touched last before a time: plain ones, and those that come in parts
   * or may be resumed, which have longer. Answers how many.
   */
  discardInterrupted(before: Date, gatheredBefore: Date): Promise<number>
}
