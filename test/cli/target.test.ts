import { afterEach, expect, test, vi } from 'vitest'
import { targetOf } from '../../src/cli/backend.ts'

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
