import { describe, expect, test } from 'vitest'
import { createOwnAddresses, createPublicFetch } from '#events'
import { guarded } from '../../src/events/outbound/guard.ts'
import { createSend } from '../../src/events/outbound/send.ts'
import { startConsumer } from './events-fixture.ts'

describe('this backend is known by', () => {
  const own = createOwnAddresses({
    local: 'http://127.0.0.1:54999',
    externalUrl: 'https://api.example.com',
    configuredPort: 54321,
  })
  test.each<[url: string, kind: 'function' | 'service' | undefined]>([
    ['http://localhost:54999/functions/v1/a', 'function'],
    ['http://localhost:54321/functions/v1/a?b=c', 'function'],
    ['http://127.0.0.1:54321/functions/v1/a/b', 'function'],
    ['http://[::1]:54321/functions/v1/a', 'function'],
    ['http://host.docker.internal:54321/functions/v1/a', 'function'],
    ['http://kong:8000/functions/v1/a', 'function'],
    ['http://supabase_kong_my-project:8000/functions/v1/a', 'function'],
    ['http://api.supabase.internal:8000/functions/v1/a', 'function'],
    ['https://api.example.com/functions/v1/a', 'function'],
    ['http://kong:8000/rest/v1/rpc/a', 'service'],
    ['http://localhost:54321/functions/v10/a', 'service'],
    ['http://localhost:3000/functions/v1/a', undefined],
    ['http://localhost/functions/v1/a', undefined],
    ['http://kong:9000/functions/v1/a', undefined],
    ['https://kong:8000/functions/v1/a', undefined],
    ['http://kong.example.com:8000/functions/v1/a', undefined],
    ['https://api.example.com:444/functions/v1/a', undefined],
    ['https://api.example.com.evil.test/functions/v1/a', undefined],
    ['http://api.example.com@evil.test/functions/v1/a', undefined],
  ])('%s: %s', (url, kind) => {
    const target = own(new URL(url))
    expect(target?.kind).toBe(kind)
    if (target) expect(target.url.origin).toBe('http://127.0.0.1:54999')
  })
})

/** A dialer that goes nowhere, and remembers where it was to go. */
function stubbedDialer(names: Readonly<Record<string, readonly string[]>> = {}) {
  const dialled: string[] = []
  return {
    dialled,
    resolve: async (hostname: string) => names[hostname] ?? [],
    connect: ((options: { hostname: string }, callback: (error: Error, socket: null) => void) => {
      dialled.push(options.hostname)
      callback(new Error('nothing is dialled in a test'), null)
    }) as never,
  }
}

/** A dialer for which one public address is this machine. */
async function ledHome() {
  const { resolve } = stubbedDialer({ 'public.test': ['93.184.215.14'], 'inside.test': ['10.0.0.7'] })
  const led = (await import('undici')).buildConnector({})
  const connect = ((to: object, done: never) => led({ ...to, hostname: '127.0.0.1' } as never, done)) as never
  return { resolve, connect }
}

describe('a fetch for public addresses alone', () => {
  test('sends forms, answers as fetch does, and goes nowhere else', async () => {
    await using consumer = await startConsumer(({ url }) =>
      url === '/away'
        ? { status: 302, headers: { location: 'http://inside.test/' } }
        : { status: 201, text: '{"a":1}' },
    )
    const { port } = new URL(consumer.url)
    const { fetch, close } = createPublicFetch(await ledHome())
    const form = { method: 'POST', body: new URLSearchParams({ code: 'a b' }), headers: { 'x-own': '1' } }
    const response = await fetch(`http://public.test:${port}/token`, form)
    expect([response.status, await response.json()]).toEqual([201, { a: 1 }])
    expect(consumer.arrived).toMatchObject([{ url: '/token', body: 'code=a+b', headers: { 'x-own': '1' } }])
    await expect(fetch('http://inside.test/')).rejects.toThrow(/not a public address/)
    await expect(fetch(`http://public.test:${port}/away`)).rejects.toThrow(/not a public address/)
    await expect(fetch(`http://public.test:${port}/away`, { redirect: 'error' })).rejects.toThrow()
    await expect(fetch(`http://public.test:${port}/`, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i)
    await close()
  })
})

describe('the guard', () => {
  const names = {
    'public.test': ['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
    'inside.test': ['10.0.0.7'],
    'both.test': ['93.184.215.14', '127.0.0.1'],
    'mapped.test': ['::ffff:169.254.169.254'],
  }
  test.each<[host: string, dials: string | undefined]>([
    ['public.test', '93.184.215.14'],
    ['93.184.215.14', '93.184.215.14'],
    ['[2606:2800:21f:cb07:6820:80da:af6b:8b2c]', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
    ['inside.test', undefined],
    ['both.test', undefined],
    ['mapped.test', undefined],
    ['nowhere.test', undefined],
    ['127.0.0.1', undefined],
    ['127.1.2.3', undefined],
    ['0.0.0.0', undefined],
    ['10.1.2.3', undefined],
    ['172.16.0.1', undefined],
    ['192.168.1.1', undefined],
    ['100.64.0.1', undefined],
    ['169.254.169.254', undefined],
    ['224.0.0.1', undefined],
    ['255.255.255.255', undefined],
    ['[::1]', undefined],
    ['[::]', undefined],
    ['[fe80::1]', undefined],
    ['[fd00::1]', undefined],
    ['[::ffff:127.0.0.1]', undefined],
    ['[::ffff:a00:1]', undefined],
    ['[64:ff9b::7f00:1]', undefined],
    ['[2002:7f00:1::]', undefined],
    ['[2001:0:7f00:1::]', undefined],
  ])('lets %s dial %s', async (hostname, dials) => {
    const dialer = stubbedDialer(names)
    const error = await new Promise((resolve) =>
      guarded(dialer)({ hostname, protocol: 'http:', port: '80' }, (...[error]) => resolve(error)),
    )
    expect(error).toBeInstanceOf(Error)
    expect(dialer.dialled).toEqual(dials === undefined ? [] : [dials])
  })

  const sender = (guarded: boolean, dialer?: ReturnType<typeof stubbedDialer>) =>
    createSend(
      {
        functions: { call: async () => new Response('called'), serviceRoleKey: 'key' },
        addresses: { local: 'http://127.0.0.1:54999', externalUrl: 'https://api.example.com', configuredPort: 54321 },
        guarded,
      },
      dialer,
    )
  const outgoing = (url: string) => ({
    method: 'POST',
    url: new URL(url),
    headers: new Headers(),
    body: '{}',
    timeoutMs: 5000,
    maxBytes: 1000,
    trigger: 'webhook' as const,
  })

  test.each(['http://2130706433/', 'http://0x7f.1/', 'http://localhost./', 'http://inside.test/'])(
    'looks at addresses, however %s writes them',
    async (url) => {
      const dialer = stubbedDialer({ ...names, 'localhost.': ['127.0.0.1'] })
      await expect(sender(true, dialer).send(outgoing(url))).rejects.toThrow(/not a public address/)
      expect(dialer.dialled).toEqual([])
    },
  )

  test('looks again after a redirect', async () => {
    await using inside = await startConsumer()
    await using consumer = await startConsumer(() => ({ status: 307, headers: { location: inside.url } }))
    const { port } = new URL(consumer.url)
    // The public address leads to the consumer, so that it can send the request on.
    await expect(
      sender(true, (await ledHome()) as never).send(outgoing(`http://public.test:${port}/`)),
    ).rejects.toThrow(/127\.0\.0\.1 is not a public address/)
    expect(consumer.arrived).toHaveLength(1)
    expect(inside.arrived).toHaveLength(0)
  })

  test('is not led past by what this backend redirects to', async () => {
    await using inside = await startConsumer()
    await using backend = await startConsumer(() => ({ status: 302, headers: { location: inside.url } }))
    const addresses = { local: backend.url, externalUrl: 'https://api.example.com', configuredPort: 54321 }
    const functions = { call: async () => new Response('called'), serviceRoleKey: 'key' }
    const { send } = createSend({ functions, addresses, guarded: true }, stubbedDialer())
    expect(await send(outgoing('http://kong:8000/auth/v1/verify'))).toMatchObject({ status: 302 })
    expect(backend.arrived.map(({ url }) => url)).toEqual(['/auth/v1/verify'])
    expect(inside.arrived).toEqual([])
  })

  test('is no hindrance to the project’s own functions', async () => {
    const dialer = stubbedDialer()
    const answer = await sender(true, dialer).send(outgoing('http://kong:8000/functions/v1/a'))
    expect(answer).toMatchObject({ status: 200, text: 'called' })
    expect(dialer.dialled).toEqual([])
  })

  test('is off where only this machine reaches the backend', async () => {
    await using consumer = await startConsumer(() => ({ status: 200, text: 'here' }))
    expect(await sender(false).send(outgoing(consumer.url))).toMatchObject({ status: 200, text: 'here' })
  })
})
