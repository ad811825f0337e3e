import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { applyBaseline, holdDataFolder, readHolder, startPostgres } from '#database'
import { silent } from '#observe'
import { administer } from './administer.ts'
import { dataRoot } from './data-root.ts'
import { baselineOptions, templateName } from './platform.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The one Postgres of a test run: where its socket is. */
    readonly postgres: { readonly socketFolder: string; readonly port: number }
  }
}

/** Starts one Postgres for the whole run, with a template database that has the platform's schema. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const root = dataRoot()
  sweep(root)
  const path = mkdtempSync(join(root, prefix))
  const folder = holdDataFolder(path)
  const settings = { synchronous_commit: 'off', max_wal_size: '256MB' }
  const server = await startPostgres({ folder, settings, observe: silent })
  await administer(server.connections(), `create database ${templateName}`)
  await applyBaseline(server.connections(templateName), baselineOptions)
  project.provide('postgres', { socketFolder: server.socketFolder, port: server.port })

  return async () => {
    await server.stop()
    folder.release()
    rmSync(path, { recursive: true })
  }
}

const prefix = 'portico-test-'

/** Removes what killed test runs left behind: in memory it would pile up. */
function sweep(root: string): void {
  for (const name of readdirSync(root).filter((other) => other.startsWith(prefix))) {
    const path = join(root, name)
    const abandoned = existsSync(join(path, 'portico.json')) && readHolder(path) === undefined
    if (abandoned) rmSync(path, { recursive: true, force: true })
  }
}
