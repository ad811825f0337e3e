import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveFunctions, type TestFunctions } from './test-functions.ts'

/** The package sharp in functions, without native code: its own WebAssembly, from the npm registry. */
let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions({
    'newer/index.ts': `
      import sharp from 'npm:sharp@0.35.5'
      Deno.serve(async (request) => new Response(await sharp(await request.arrayBuffer()).resize(16).webp().toBuffer()))`,
    'picture/deno.json': '{ "imports": { "sharp": "npm:sharp@0.34.4" } }',
    'picture/index.ts': `
      import sharp from 'sharp'
      Deno.serve(async (request) => {
        const bytes = new Uint8Array(await request.arrayBuffer())
        const url = new URL(request.url)
        try {
          switch (url.pathname.split('/').at(-1)) {
            case 'metadata': {
              const { format, width, height } = await sharp(bytes).metadata()
              return Response.json({ format, width, height })
            }
            case 'both': {
              const { data, info } = await sharp(bytes).rotate(90).toBuffer({ resolveWithObject: true })
              return new Response(data, { headers: { 'x-size': info.width + 'x' + info.height } })
            }
            case 'callback':
              return await new Promise((resolve, reject) => sharp(bytes).png().toBuffer((error, data, info) =>
                error ? reject(error) : resolve(new Response(data, { headers: { 'x-size': info.width + 'x' + info.height } }))))
            case 'stream': {
              const { Readable } = await import('node:stream')
              return new Response(Readable.toWeb(sharp(bytes).resize({ width: 8 }).jpeg()))
            }
            case 'file':
              return new Response(await sharp(url.searchParams.get('path')).png().toBuffer())
            default:
              return new Response(await sharp(bytes).resize(16).webp().toBuffer())
          }
        } catch (error) {
          return Response.json(error.message, { status: 400 })
        }
      })`,
  })
})
afterAll(() => functions[Symbol.asyncDispose]())

const picture = await sharp({ create: { width: 64, height: 32, channels: 3, background: 'teal' } })
  .jpeg()
  .toBuffer()
const ask = (path: string, body: Uint8Array<ArrayBuffer> = Uint8Array.from(picture)) =>
  functions.call(`picture/${path}`, { method: 'POST', body })
const sizeOf = async (response: Response) => {
  const { format, width, height } = await sharp(Buffer.from(await response.arrayBuffer())).metadata()
  return `${format} ${width}x${height}`
}

test.each([
  ['resize', 'webp 16x8'],
  ['both', 'jpeg 32x64'],
  ['callback', 'png 64x32'],
  ['stream', 'jpeg 8x4'],
])('%s', async (path, expected) => {
  const response = await ask(path)
  expect(response.status).toBe(200)
  expect(await sizeOf(response)).toBe(expected)
})

test('the next version, which is laid out otherwise', async () => {
  const response = await functions.call('newer', { method: 'POST', body: Uint8Array.from(picture) })
  expect(await sizeOf(response)).toBe('webp 16x8')
})

test('what an image is', async () => {
  expect(await (await ask('metadata')).json()).toEqual({ format: 'jpeg', width: 64, height: 32 })
})

test('what is no image is an error that the function can answer', async () => {
  const response = await ask('resize', new TextEncoder().encode('no image'))
  expect(response.status).toBe(400)
  expect(await response.json()).toContain('unsupported image format')
})

test('it reads no file of the machine', async () => {
  const response = await ask(`file?path=${encodeURIComponent(`${process.cwd()}/package.json`)}`)
  expect(response.status).toBe(400)
  expect(await response.json()).toContain('missing')
})

test('many at once', async () => {
  const sizes = await Promise.all(Array.from({ length: 20 }, async () => sizeOf(await ask('resize'))))
  expect(new Set(sizes)).toEqual(new Set(['webp 16x8']))
})
