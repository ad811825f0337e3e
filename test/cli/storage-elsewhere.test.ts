import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { copy, move, remove } from '../../src/cli/storage/index.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

/**
 * What a Storage elsewhere is asked to change. As Supabase's does, it takes the underscore of a prefix for any letter: it lists
 * what begins otherwise, too.
 */
async function elsewhere() {
  vi.stubEnv('SUPABASE_SECRET_KEY', 'sb_secret_of_elsewhere')
  vi.spyOn(console, 'log').mockImplementation(() => {})
  const changes: unknown[] = []
  const answer: RequestListener = async (req, res) => {
    const body = await text(req)
    const path = req.url?.replace('/storage/v1/object', '')
    const say = (value: unknown, status = 200) =>
      void res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (path === '/info/photos/a_b') return say({}, 404)
    if (path?.startsWith('/list-v2/')) {
      const objects = ['a_b/1', 'axb/2', 'a-b/3'].map((name) => ({ name, key: name }))
      return say({ hasNext: false, folders: [], objects })
    }
    if (req.method === 'GET') return say('an object')
    changes.push([req.method, path, JSON.parse(body)])
    say([])
  }
  const server = await serveOnLoopback(answer)
  onTestFinished(() => server[Symbol.asyncDispose]())
  return { changes, target: { project: '.', url: server.url } }
}

test('rm -r removes what lies in the folder, and nothing whose name is like it', async () => {
  const { changes, target } = await elsewhere()
  await remove(['ss:///photos/a_b'], { ...target, recursive: true })
  expect(changes).toEqual([['DELETE', '/photos', { prefixes: ['a_b/1'] }]])
})

test('mv -r moves nothing else', async () => {
  const { changes, target } = await elsewhere()
  await move('ss:///photos/a_b', 'ss:///photos/kept', { ...target, recursive: true })
  expect(changes).toEqual([
    ['POST', '/move', expect.objectContaining({ sourceKey: 'a_b/1', destinationKey: 'kept/1' })],
  ])
})

test('cp -r brings nothing else', async () => {
  const { target } = await elsewhere()
  const folder = mkdtempSync(join(tmpdir(), 'portico-storage-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  await copy('ss:///photos/a_b', folder, { ...target, recursive: true, cacheControl: 0, jobs: 1 })
  expect(readdirSync(folder)).toEqual(['1'])
})
