import { chmodSync, lstatSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plainUser } from '../support/plain-user.ts'
import { isAlive, until } from '../support/until.ts'
import { ask, temporaryFolder } from './server-fixture.ts'
import { spawnServer } from './spawn-server.ts'

/** Leads to programs like those of a system that forbids user namespaces. */
function withoutNamespaces(): Record<string, string> {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  return { PATH: `${folder}:${process.env.PATH}` }
}

/** A folder that other users may enter, as `/var/lib` is. */
function openFolder(name: string): string {
  const folder = temporaryFolder()
  chmodSync(folder, 0o755)
  mkdirSync(join(folder, name), { mode: 0o755 })
  return join(folder, name)
}

test.each([
  ['whoever runs the tests, below a 0700 home', () => ({ home: temporaryFolder() })],
  ['a plain user, below a 0700 home', () => ({ home: temporaryFolder(), prefix: plainUser })],
  [
    'without user namespaces, in a folder others may enter',
    () => ({ home: openFolder('srv'), env: withoutNamespaces() }),
  ],
  ['without user namespaces, below a 0700 home', () => ({ home: temporaryFolder(), env: withoutNamespaces() })],
])('%s: it starts, keeps what it was told, and dies with its Portico', async (_, make) => {
  const { home, ...launch }: { home: string; prefix?: readonly string[]; env?: Record<string, string> } = make()
  const options = { path: join(home, 'project', '.portico'), elsewhere: openFolder('lib') }

  const first = await spawnServer(options, launch)
  if (!first.served.ready) throw new Error(first.served.message)
  expect(lstatSync(first.served.socketFolder).mode & 0o777).toBe(0o700)
  await ask(first.served, 'create table kept as select 1 as one')
  const { pid } = first.served
  await first.kill()
  await until(() => !isAlive(pid))

  const second = await spawnServer(options, launch)
  if (!second.served.ready) throw new Error(second.served.message)
  expect(await ask(second.served, 'select one from kept')).toEqual([{ one: 1 }])
  await second.stop()
})

test('where nobody can be made to reach the data, it says what to do', async () => {
  const path = join(temporaryFolder(), '.portico')
  const elsewhere = join(temporaryFolder(), 'lib')
  const spawned = await spawnServer({ path, elsewhere }, { env: withoutNamespaces() })
  // A plain user reaches all that is his own.
  if (process.getuid?.() !== 0) expect(spawned.served.ready).toBe(true)
  else expect(spawned.served).toMatchObject({ code: 'POSTGRES_FAILED', message: expect.stringContaining('--data') })
  await spawned.stop()
})
