import { mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Backend, createFileBackend, keepBytes } from '#storage'

let root: string
let backend: Backend
const key = { bucket: 'b', name: 'n', version: crypto.randomUUID() }
const isThere = async () => {
  const opened = await backend.open(key)
  await opened?.close()
  return opened !== undefined
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'portico-kept-'))
  backend = createFileBackend(root)
  await backend.put(
    key,
    (async function* () {
      yield Buffer.from('bytes')
    })(),
  )
})
afterEach(() => rmSync(root, { recursive: true }))

test('what is removed while a backup is made stays, until nobody keeps it any more', async () => {
  {
    await using _first = await keepBytes(root)
    {
      await using _second = await keepBytes(root)
      await backend.remove([key])
    }
    await backend.remove([key])
    expect(await isThere()).toBe(true)
  }
  await backend.remove([key])
  expect(await isThere()).toBe(false)
})

test('a backup that was killed keeps nothing for longer than a minute', async () => {
  await using _ = await keepBytes(root)
  const [mark = ''] = readdirSync(join(root, 'kept'))
  const past = new Date(Date.now() - 61_000)
  utimesSync(join(root, 'kept', mark), past, past)
  await backend.remove([key])
  expect(await isThere()).toBe(false)
})
