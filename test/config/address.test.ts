import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { isLoopback, listeningOn, serverUrl } from '#config'
import { load } from './load.ts'

describe('an address', () => {
  it.each([
    ...['localhost', 'LOCALHOST', '127.0.0.1', '127.8.9.10', '::1', '[::1]', '::ffff:127.0.0.1'].map((h) => [h, true]),
    ...[
      '0.0.0.0',
      '::',
      '192.168.1.2',
      '10.0.0.1',
      'example.com',
      'localhost.example.com',
      'notlocalhost',
      'app.localhost',
      '128.0.0.1',
      '',
    ].map((h) => [h, false]),
  ] as [string, boolean][])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected)
  })

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:80'],
    ['localhost', 'http://localhost:80'],
    ['::1', 'http://[::1]:80'],
    ['[::1]', 'http://[::1]:80'],
  ])('%s is called %s', (host, url) => {
    expect(serverUrl(host, 80)).toBe(url)
  })

  it('of every interface is called by one that a phone can reach', () => {
    const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
    for (const host of ['0.0.0.0', '::']) expect(own).toContain(new URL(serverUrl(host, 80)).hostname)
  })

  it('is known once the server listens', async () => {
    const before = await load({ port: 0 })
    const after = listeningOn(before, 4321)
    expect(after.http).toMatchObject({ host: '127.0.0.1', port: 4321, externalUrl: 'http://127.0.0.1:4321' })
    expect([after.auth.externalUrl, after.auth.jwtIssuer]).toEqual(Array(2).fill('http://127.0.0.1:4321/auth/v1'))
    expect(Object.isFrozen(after.http)).toBe(true)
    const fixed = listeningOn(await load({ port: 0, toml: '[api]\nexternal_url = "https://api.me"' }), 4321)
    expect(fixed.auth.externalUrl).toBe('https://api.me/auth/v1')
  })

  it('is what the command line says before config.toml', async () => {
    const config = await load({
      toml: '[api]\nport = 1000\n[db]\nport = 2000',
      host: 'localhost',
      port: 3000,
      dbPort: 4000,
    })
    expect(config.http).toMatchObject({ host: 'localhost', port: 3000, externalUrl: 'http://localhost:3000' })
    expect(config.database).toEqual({ kind: 'embedded', port: 4000 })
  })
})
