import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { serveOnLoopback } from '../support/loopback-server.ts'

export interface Registry {
  readonly url: string
  /** `METHOD /path AUTHORIZATION` of each request. */
  readonly requests: string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** An npm registry that has one version of some packages, each a module with the given source. */
export async function startRegistry(packages: Readonly<Record<string, string>>): Promise<Registry> {
  const requests: string[] = []
  const server = await serveOnLoopback((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`)
    const [, name = '', file] = (request.url ?? '').split('/')
    const source = packages[name]
    if (source === undefined) return response.writeHead(404).end()
    const tarball = pack({
      'package.json': JSON.stringify({ name, version: '1.2.3', type: 'module', exports: './index.js' }),
      'index.js': source,
    })
    if (file !== undefined) return response.end(tarball)
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
    const dist = { tarball: `${url}/${name}/package.tgz`, integrity }
    const versions = { '1.2.3': { name, version: '1.2.3', dist } }
    return response.end(JSON.stringify({ name, 'dist-tags': { latest: '1.2.3' }, versions }))
  })
  const { url } = server
  return {
    url,
    requests,
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

/** A gzipped ustar archive with everything below `package/`. */
function pack(files: Readonly<Record<string, string>>): Buffer {
  const blocks = Object.entries(files).flatMap(([name, content]) => {
    const header = Buffer.alloc(512)
    const size = Buffer.byteLength(content)
    header.write(`package/${name}`, 0)
    header.write('0000644\0' + '0000000\0' + '0000000\0', 100)
    header.write(`${size.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0`, 124)
    header.write(`${' '.repeat(8)}0`, 148)
    header.write('ustar\u000000', 257)
    const sum = header.reduce((total, byte) => total + byte, 0)
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
    const body = Buffer.alloc(Math.ceil(size / 512) * 512)
    body.write(content)
    return [header, body]
  })
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]))
}
