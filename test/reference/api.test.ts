import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createTestApp } from '../support/app.ts'
import { useFixture } from '../support/fixture.ts'

const backend = useFixture(() => createTestApp())

test('schema/schema.graphql is what the server serves; `portico gen schema` writes it anew', async () => {
  expect(await backend.app.gateway.printSchema('authenticated')).toBe(readFileSync('schema/schema.graphql', 'utf8'))
})

/** What the publishable key, which is everybody's, may read and call by the Data API; `npm test -- -u` writes it anew. */
test('test/golden/openapi.json is what the Data API says of itself', async () => {
  const { app } = backend
  const response = await fetch(`${app.url}/rest/v1/`, { headers: { apikey: app.config.keys.publishableKey } })
  expect(response.headers.get('content-type')).toBe('application/openapi+json; charset=utf-8')
  const document = (await response.json()) as { host: string }
  expect(document.host).toBe(new URL(app.url).host)
  const text = JSON.stringify({ ...document, host: '127.0.0.1:54321' }, undefined, 2)
  await expect(`${text}\n`).toMatchFileSnapshot('../golden/openapi.json')
})
