import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { plainUser } from '../support/plain-user.ts'
import { type HeavyCall, makeHeavyCall } from './heavy-call.ts'

test('a function gives way while it uses much, not for what loading it took, and no longer than that', async () => {
  expect(await makeHeavyCall()).toEqual({ before: 0, after: 0, status: 200, isSame: process.getuid?.() === 0 })
})

test('of a user who may not raise a priority again, another process takes its turn', async () => {
  const script = fileURLToPath(new URL('./heavy-call.ts', import.meta.url))
  const [file = '', ...words] = [...plainUser, process.execPath, script]
  const { stdout } = await promisify(execFile)(file, words)
  const seen: HeavyCall = JSON.parse(stdout)
  expect(seen).toEqual({ before: 0, after: 0, status: 200, isSame: false })
})
