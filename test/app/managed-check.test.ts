import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { checkServices } from '../../src/app/managed-check.ts'
import { freePort } from '../support/free-port.ts'

type Answer = readonly [status: number, body: string]

async function serve(answers: Readonly<Record<string, Answer>>): Promise<string> {
  const server: Server = createServer((req, res) => {
    const [status, body] = answers[req.url ?? ''] ?? [404, '404 page not found']
    res.writeHead(status).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function warningsOf(url: string, hasSecret = false): Promise<string[]> {
  const warnings: string[] = []
  await checkServices({
    url,
    hasSecret,
    ask: (path, init) => fetch(url + path, init),
    observe: (observation) => void (observation.kind === 'message' && warnings.push(observation.text)),
  })
  return warnings.map((warning) => warning.replace(url, 'URL'))
}

const settings = '/auth/v1/settings'
const jwks = '/auth/v1/.well-known/jwks.json'
const fine: Answer = [200, '{"external":{}}']

test.each<[what: string, answers: Readonly<Record<string, Answer>>, hasSecret: boolean, warned: string[]]>([
  ['all is well', { [settings]: fine, [jwks]: [200, '{"keys":[{"kid":"a"}]}'] }, false, []],
  ['a shared secret that is known', { [settings]: fine }, true, []],
  [
    'a shared secret that is not',
    { [settings]: fine, [jwks]: [200, '{"keys":[]}'] },
    false,
    ["URL signs tokens with a shared secret; without SUPABASE_JWT_SECRET nobody's can be verified"],
  ],
  [
    'an Auth before keys were published',
    { [settings]: fine },
    false,
    ["URL signs tokens with a shared secret; without SUPABASE_JWT_SECRET nobody's can be verified"],
  ],
  [
    "a key that is not the project's",
    { [settings]: [401, '{"message":"Invalid API key"}'] },
    false,
    ['URL does not take the publishable key: Invalid API key'],
  ],
  ['a refusal without words', { [settings]: [403, ''] }, true, ['URL does not take the publishable key: 403']],
  ['another site', { [settings]: [200, '<html>'] }, true, ['URL has no Auth below /auth/v1, as Supabase has (200)']],
  ['another path', {}, false, ['URL has no Auth below /auth/v1, as Supabase has (404)']],
])('%s', async (_, answers, hasSecret, warned) => {
  expect(await warningsOf(await serve(answers), hasSecret)).toEqual(warned)
})

test('nobody there', async () => {
  const [warning, ...others] = await warningsOf(`http://127.0.0.1:${await freePort()}`)
  expect(warning).toMatch(/^URL does not answer: .*ECONNREFUSED/)
  expect(others).toEqual([])
})
