import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObjectKey, Part, PartedUpload, Parts, StoredBytes } from '../backend.ts'
import { place } from './durable.ts'
import { writeNew } from './write-new.ts'

/** Keeps each part as a file `parts/UPLOAD/NUMBER`, and joins them by writing them one after the other. */
export function fileParts(folder: string, incoming: string, pathOf: (key: ObjectKey) => string): Parts {
  const uploadFolder = ({ id }: PartedUpload) => join(folder, id)
  const partFile = (upload: PartedUpload, number: number) => join(uploadFolder(upload), String(number))

  const written = async (body: AsyncIterable<Uint8Array>, target: string): Promise<StoredBytes> => {
    const temporary = join(incoming, randomUUID())
    try {
      const stored = await writeNew(temporary, body)
      await place(temporary, target)
      return stored
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
  }

  return {
    begin: async () => randomUUID(),
    put: async (upload, number, body) => (await written(body, partFile(upload, number))).eTag,
    async join(upload, parts) {
      const files = parts.map(({ number }) => partFile(upload, number))
      const stored = await written(oneAfterTheOther(files), pathOf(upload.key))
      return { ...stored, eTag: joinedTag(parts) }
    },
    abandon: (upload) => rm(uploadFolder(upload), { recursive: true, force: true }),
  }
}

async function* oneAfterTheOther(files: readonly string[]): AsyncIterable<Uint8Array> {
  for (const file of files) yield* createReadStream(file, { highWaterMark: 256 * 1024 })
}

/** As S3 tags what came in parts: the MD5 of the parts' MD5s, and how many there were. */
function joinedTag(parts: readonly Part[]): string {
  const digests = parts.map(({ eTag }) => Buffer.from(eTag.replaceAll('"', ''), 'hex'))
  return `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}"`
}
