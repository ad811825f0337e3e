import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configured, createIdp, rsaKey } from '../auth/saml-idp.ts'
import { folderOf, portico, type Running, startPortico } from './portico.ts'

const idp = createIdp('cli', () => new Date())
const other = createIdp('other', () => new Date())
const work = folderOf({
  'supabase/config.toml': `project_id = "sso"\n[auth.saml]\nenabled = true\nprivate_key = "${configured(rsaKey())}"\n`,
  'idp.xml': idp.metadata(),
  'other.xml': other.metadata(),
  'mapping.json': '{"keys":{"groups":{"name":"groups","array":true}}}',
  'not.json': '{"keys":',
})
const file = (name: string) => join(work.path, name)
let running: Running
beforeAll(async () => {
  writeFileSync(file('latin1.xml'), Buffer.from([0x3c, 0xe9, 0x3e]))
  running = await startPortico(['--project', work.path])
})
afterAll(async () => {
  await running?.end('SIGTERM')
  work.remove()
})

const sso = (...words: readonly string[]) => portico(['sso', ...words, '--project', work.path])
const json = async (...words: readonly string[]) => {
  const { code, stdout, stderr } = await sso(...words, '-o', 'json')
  expect([code, stderr]).toEqual([0, ''])
  return JSON.parse(stdout)
}

test('an organisation is added, looked at, changed and removed', async () => {
  expect((await sso('list')).stdout).toBe('There is none. Add one with: portico sso add --metadata-url URL\n')
  const files = ['--metadata-file', file('idp.xml'), '--attribute-mapping-file', file('mapping.json')]
  const named = ['--domains', 'example.com,example.org', '--resource-id', 'corp']
  const added = await json('add', '--type', 'saml', ...files, ...named)
  expect(added).toMatchObject({
    resource_id: 'corp',
    saml: { entity_id: idp.entityId, attribute_mapping: { keys: { groups: { name: 'groups', array: true } } } },
    domains: [{ domain: 'example.com' }, { domain: 'example.org' }],
  })
  const { id } = added
  expect((await sso('list')).stdout).toMatch(
    new RegExp(`^${id}  enabled  example\\.com, example\\.org  ${idp.entityId}  \\d{4}-`),
  )
  expect(await json('list')).toMatchObject({ items: [{ id }] })
  expect((await sso('show', 'resource_corp', '--metadata')).stdout).toBe(`${idp.metadata()}\n`)
  expect((await sso('show', id)).stdout).toMatch(
    /^Identity provider {2}[0-9a-f-]{36}\nResource +corp\nType +SAML 2\.0\nState +enabled\nDomains +example\.com, example\.org\nMetadata +from a file\n/,
  )

  const domains = (provider: { domains: { domain: string }[] }) => provider.domains.map(({ domain }) => domain).sort()
  const moved = await json('update', id, '--add-domains', 'example.net,example.com', '--remove-domains', 'example.org')
  expect(domains(moved)).toEqual(['example.com', 'example.net'])
  expect(domains(await json('update', id, '--domains', 'example.org'))).toEqual(['example.org'])
  const kept = { resource_id: 'corp', saml: added.saml, domains: [{ domain: 'example.org' }] }
  expect(await json('update', id, '--disable')).toMatchObject({ ...kept, disabled: true })
  expect(await json('update', id, '--enable')).toMatchObject({ ...kept, disabled: false })

  const { stdout } = await sso('remove', id)
  expect(stdout).toContain(id)
  expect(await json('list')).toEqual({ items: [] })
})

test('what an administrator has to enter is what the backend says of itself', async () => {
  const { API_URL = '' } = running.facts
  expect(await json('info')).toEqual({
    acs_url: `${API_URL}/auth/v1/sso/saml/acs`,
    entity_id: `${API_URL}/auth/v1/sso/saml/metadata`,
    relay_state: API_URL,
  })
  expect((await sso('info')).stdout).toContain(`Entity ID (audience)      ${API_URL}/auth/v1/sso/saml/metadata\n`)
})

test('a backend elsewhere is asked with its key', async () => {
  const { API_URL = '', SERVICE_ROLE_KEY = '' } = running.facts
  const words = ['sso', 'list', '-o', 'json', '--url', API_URL, '--project', work.path, '--data', file('none')]
  const asked = await portico(words, { env: { SUPABASE_SECRET_KEY: SERVICE_ROLE_KEY } })
  expect(asked).toMatchObject({ code: 0, stdout: '{\n  "items": []\n}\n' })
  expect(await portico(words, { env: { SUPABASE_SECRET_KEY: 'wrong' } })).toMatchObject({ code: 1 })
  const unsafe = words.map((word) => (word === API_URL ? 'http://10.1.2.3' : word))
  expect((await portico(unsafe, { env: { SUPABASE_SECRET_KEY: 'x' } })).stderr).toContain('would read the secret key')
})

describe('it is refused', () => {
  test.each<readonly [string, () => readonly string[], RegExp]>([
    ['to add nothing', () => ['add'], /Either metadata_xml or metadata_url must be set/],
    ['to add a file that is not there', () => ['add', '--metadata-file', file('none.xml')], /none\.xml cannot be read/],
    ['to add what is not UTF-8', () => ['add', '--metadata-file', file('latin1.xml')], /latin1\.xml .*not UTF-8/],
    [
      'to map by what is no JSON',
      () => ['add', '--metadata-file', file('other.xml'), '--attribute-mapping-file', file('not.json')],
      /not\.json cannot be read/,
    ],
    ['to add by an address in the clear', () => ['add', '--metadata-url', 'http://idp.example.com'], /not a HTTPS URL/],
    [
      'to say metadata twice',
      () => ['add', '--metadata-file', file('idp.xml'), '--metadata-url', 'https://idp.example.com'],
      /cannot be used with/,
    ],
    [
      'to say domains twice',
      () => ['update', 'x', '--domains', 'a.com', '--add-domains', 'b.com'],
      /cannot be used with/,
    ],
    ['to connect by another protocol', () => ['add', '--type', 'oidc'], /Allowed choices are saml/],
    ['to show what is not there', () => ['show', '00000000-0000-4000-8000-000000000000'], /No such|not found|SSO/],
  ])('%s', async (_, words, message) => {
    const { code, stderr } = await sso(...words())
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('    at ')
  })
})
