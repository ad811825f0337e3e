import { afterEach, expect, test, vi } from 'vitest'
import { administeredBackend, askAuth, operate, targetOf } from '../../src/cli/backend.ts'
import { storageOf } from '../../src/cli/storage/objects.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'

afterEach(() => vi.unstubAllEnvs())

const to = (url: string, plainHttp = false) => targetOf({ project: '.', url, plainHttp }).url

test.each([
  ['https://api.example.com', 'https://api.example.com'],
  ['https://api.example.com/below/', 'https://api.example.com/below'],
  ['http://localhost:54321', 'http://localhost:54321'],
  ['http://127.0.0.1:54321/', 'http://127.0.0.1:54321'],
  ['http://[::1]:54321', 'http://[::1]:54321'],
])('the operator key goes to %s', (url, target) => {
  vi.stubEnv('PORTICO_OPERATOR_KEY', 'k'.repeat(32))
  expect(to(url)).toBe(target)
})

test.each([
  ['http://api.example.com', /http:\/\/api\.example\.com is not https: .*--plain-http/],
  ['http://10.1.2.3:54321', /is not https/],
  ['http://127.0.0.1.example.com', /is not https/],
  ['http://localhost@example.com', /needs a URL/],
  ['HTTP://EXAMPLE.COM', /is not https/],
  ['api.example.com', /needs a URL/],
  ['ftp://127.0.0.1', /needs a URL/],
])('and not to %s', (url, message) => {
  vi.stubEnv('PORTICO_OPERATOR_KEY', 'k'.repeat(32))
  expect(() => to(url)).toThrow(message)
})

test('over a network that is trusted it goes as it is, where that is asked for', () => {
  vi.stubEnv('PORTICO_OPERATOR_KEY', 'k'.repeat(32))
  expect(to('http://10.1.2.3:54321', true)).toBe('http://10.1.2.3:54321')
  vi.stubEnv('PORTICO_OPERATOR_KEY', '')
  expect(() => to('https://api.example.com')).toThrow(/needs the operator key/)
})

test('no key follows a redirect', async () => {
  vi.stubEnv('SUPABASE_SECRET_KEY', 'sb_secret_of_elsewhere')
  const reached: unknown[] = []
  await using other = await serveOnLoopback((req, res) => {
    reached.push(req.headers.apikey)
    res.end('{}')
  })
  await using asked = await serveOnLoopback((req, res) => {
    res.writeHead(307, { location: `http://localhost:${other.port}${req.url}` }).end()
  })
  const target = { project: '.', url: asked.url }
  const backend = administeredBackend(target)
  const told = `${asked.url} redirects to http://localhost:${other.port}. If that is meant, give it as --url.`
  await expect(askAuth(backend, 'GET', '/admin/sso/providers')).rejects.toThrow(told)
  await expect(operate(backend, '/functions')).rejects.toThrow(told)
  const { error } = await storageOf(target).listBuckets()
  expect(error?.message).toBe(told)
  expect(reached).toEqual([])
})
