import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

let backend: TestApp
beforeAll(async () => {
  backend = await createTestApp()
})
afterAll(() => backend?.close())

test('schema/schema.graphql is what the server serves; `portico gen schema` writes it anew', async () => {
  expect(await backend.app.gateway.printSchema('authenticated')).toBe(readFileSync('schema/schema.graphql', 'utf8'))
})
