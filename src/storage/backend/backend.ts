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

/** Keeps the bytes of objects: {@link import('./file/index.ts')} in a folder. */
export interface Backend {
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
  /** Removes what interrupted uploads left that was touched last before that time. Answers how many. */
  discardInterrupted(before: Date): Promise<number>
}
