import { afterAll, beforeAll, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { tellTheStory } from './story.ts'

let backend: TestApp
beforeAll(async () => {
  backend = await createTestApp()
})
afterAll(() => backend?.close())

test('a photographer is discovered, on the embedded services', { timeout: 300_000 }, () => tellTheStory(backend))
