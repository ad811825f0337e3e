import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { holdDataFolder, startPostgres } from '#database'
import { type Binaries, copyBinaries, findBinaries, linkLibraries } from '../../src/database/server/binaries.ts'
import { temporaryFolder } from './server-fixture.ts'

/** A tree like the npm package's, with one library that needs a link; its files are their owner's alone. */
function packageWithoutLinks(): Binaries {
  const root = join(temporaryFolder(), 'native')
  for (const folder of ['bin', 'lib']) mkdirSync(join(root, folder), { recursive: true, mode: 0o700 })
  writeFileSync(join(root, 'bin', 'postgres'), '#!/bin/sh\n', { mode: 0o700 })
  writeFileSync(join(root, 'lib', 'libpq.so.5.18'), 'library', { mode: 0o600 })
  const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]
  writeFileSync(join(root, 'pg-symlinks.json'), JSON.stringify(links))
  return { ...findBinaries(), root, version: '18.0' }
}

const link = (root: string) => readFileSync(join(root, 'lib', 'libpq.so.5'), 'utf8')

test('links that npm could not pack are made, once', () => {
  const binaries = packageWithoutLinks()
  expect([linkLibraries(binaries), linkLibraries(binaries)]).toEqual([true, true])
  expect(link(binaries.root)).toBe('library')
})

test('where links cannot be made, a copy has them, for all to run', () => {
  const binaries = packageWithoutLinks()
  const list = join(binaries.root, 'pg-symlinks.json')
  const written = readFileSync(list, 'utf8')
  writeFileSync(list, written.replace('native/lib/libpq.so.5"', 'native/none/libpq.so.5"'))
  expect(linkLibraries(binaries)).toBe(false)
  writeFileSync(list, written)

  const parent = join(temporaryFolder(), 'copies')
  const copy = copyBinaries(binaries, parent)
  expect(link(copy.root)).toBe('library')
  const modes = ['.', 'bin/postgres', 'lib/libpq.so.5.18'].map((path) => lstatSync(join(copy.root, path)).mode & 0o777)
  expect(modes).toEqual([0o755, 0o755, 0o644])

  rmSync(binaries.root, { recursive: true })
  expect(copyBinaries(binaries, parent)).toEqual(copy)
  expect(readdirSync(parent)).toEqual(['postgres-18.0'])
})

test('a platform without binaries is named, with the way out', async () => {
  const { arch } = process
  Object.defineProperty(process, 'arch', { value: 'riscv64' })
  onTestFinished(() => void Object.defineProperty(process, 'arch', { value: arch }))
  const folder = holdDataFolder(temporaryFolder())
  onTestFinished(() => folder.release())
  await expect(startPostgres({ folder, observe: () => {} })).rejects.toMatchObject({
    code: 'PLATFORM_UNSUPPORTED',
    message: expect.stringMatching(/riscv64.*--db-url/),
  })
})
