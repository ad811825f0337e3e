// Develops the seed's originals with the function's own code, after one was added or the sizes have changed:
//
//   npx deno run --allow-read --allow-write supabase/functions/develop/develop-seed.ts
//
// Writes supabase/storage/developed anew, and prints each photograph whose width and height in seed.sql are wrong.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { develop } from './darkroom/index.ts'
import { codec } from './darkroom/wasm.ts'

const supabase = new URL('../../', import.meta.url)
const developed = new URL('storage/developed/', supabase)
const id = (block: string, number: string) => `00000000-0000-4000-${block}-${number.padStart(12, '0')}`

const seed = await readFile(new URL('seed.sql', supabase), 'utf8')
await rm(developed, { recursive: true, force: true })

for (const [, number = '', person = '', file, width, height] of seed.matchAll(
  /^ {2}\((\d+), (\d+), '([^']+\.jpg)', (\d+), (\d+),/gm,
)) {
  const original = await readFile(new URL(`storage/photographs/${id('a000', person)}/${file}`, supabase))
  const sizes = await develop(new Uint8Array(original), codec)

  const folder = new URL(`${id('a000', person)}/${id('b000', number)}/`, developed)
  await mkdir(folder, { recursive: true })
  await writeFile(new URL('gallery.jpg', folder), sizes.gallery)
  await writeFile(new URL('thumbnail.jpg', folder), sizes.thumbnail)

  if (sizes.width !== Number(width) || sizes.height !== Number(height)) {
    console.error(`${number} ${file}: seed.sql says ${width} x ${height}, it is ${sizes.width} x ${sizes.height}`)
  }
}
