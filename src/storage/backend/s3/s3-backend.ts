import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { Backend, ByteRange, ObjectKey, OpenBytes } from '../backend.ts'
import { connect, type S3Place } from './connection.ts'
import { discardInterrupted } from './discard-interrupted.ts'
import { isMissing } from './missing.ts'
import { keyOfObject, objectKey } from './object-key.ts'
import { s3Parts } from './s3-parts.ts'
import { noteOf, s3Resumable } from './s3-resumable.ts'

/** Bytes of a part of an upload whose size is not known beforehand; S3 takes 10,000 of them, and none smaller. */
const partSize = 8 * 1024 * 1024

/** Keeps objects in one bucket of a server that speaks S3. */
export function createS3Backend(place: S3Place): Backend {
  const client = connect(place)
  const { bucket: Bucket } = place
  const at = (key: ObjectKey) => ({ Bucket, Key: objectKey(key) })

  return {
    parts: s3Parts(client, Bucket),

    resumable: (expiration) => s3Resumable(client, place, expiration),

    async put(key, body) {
      const hash = createHash('md5')
      let size = 0
      const counted = Readable.from(
        (async function* () {
          for await (const chunk of body) {
            hash.update(chunk)
            size += chunk.length
            yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
          }
        })(),
        { objectMode: false },
      )
      const upload = new Upload({ client, params: { ...at(key), Body: counted }, queueSize: 1, partSize })
      await upload.done()
      return { size, eTag: `"${hash.digest('hex')}"`, lastModified: new Date() }
    },

    open: (key) => openObject(client, at(key)),

    async copy(from, to) {
      try {
        const CopySource = `${Bucket}/${objectKey(from)}`.split('/').map(encodeURIComponent).join('/')
        await client.send(new CopyObjectCommand({ ...at(to), CopySource }))
        return true
      } catch (error) {
        if (isMissing(error)) return false
        throw error
      }
    },

    async remove(keys) {
      for (let from = 0; from < keys.length; from += 1000) {
        const Objects = keys.slice(from, from + 1000).map((key) => ({ Key: objectKey(key) }))
        const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }))
        const failed = Errors?.filter(({ Code }) => Code !== 'NoSuchKey')[0]
        if (failed) throw new Error(`S3 did not remove an object: ${failed.Code}`)
      }
    },

    async *list(before) {
      for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket })) {
        for (const { Key = '', LastModified } of Contents ?? []) {
          const key = noteOf(Key) === undefined ? keyOfObject(Key) : undefined
          if (key && LastModified && LastModified < before) yield key
        }
      }
    },

    discardInterrupted: (_before, gatheredBefore) => discardInterrupted(client, Bucket, gatheredBefore),
  }
}

type Address = { readonly Bucket: string; readonly Key: string }

/** S3 is asked for the bytes when they are read. A version never changes, so it is the same that was found. */
async function openObject(client: S3Client, address: Address): Promise<OpenBytes | undefined> {
  try {
    const { ContentLength: size = 0 } = await client.send(new HeadObjectCommand(address))
    return { size, stream: (range) => streamOf(client, address, size, range), close: async () => {} }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** No more than was asked for, and no less: a server may take a range for another. */
function streamOf(client: S3Client, address: Address, size: number, range?: ByteRange): ReadableStream<Uint8Array> {
  const asked = new AbortController()
  const first = range?.first ?? 0
  let left = range ? range.last - range.first + 1 : size
  let reader: AsyncIterator<Uint8Array> | undefined
  const end = async () => {
    asked.abort()
    await reader?.return?.()
  }
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (left === 0) return controller.close()
        if (!reader) {
          const Range = range && `bytes=${first}-${range.last}`
          const { Body } = await client.send(new GetObjectCommand({ ...address, Range }), { abortSignal: asked.signal })
          reader = (Body as Readable)[Symbol.asyncIterator]()
        }
        const { done, value } = await reader.next()
        if (done) throw new Error('S3 answered fewer bytes than it said')
        const wanted = value.subarray(0, left)
        left -= wanted.length
        controller.enqueue(wanted)
        if (left > 0) return
        controller.close()
        if (wanted.length < value.length) await end()
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
