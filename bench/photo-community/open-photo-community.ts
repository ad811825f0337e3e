import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import pg from 'pg'
import { elapsed, type ServedProject, serveProject } from '../support/index.ts'

/**
 * Portico in production mode on a database of a photo community, large enough for plans to matter.
 *
 * @param data a folder that keeps the rows for the next run; writing them takes most of a short one
 */
export async function openPhotoCommunity(data?: string): Promise<ServedProject> {
  if (data !== undefined) mkdirSync(data, { recursive: true })
  const project = join(import.meta.dirname, 'project')
  const community = await serveProject({ project, data, words: ['--production'] })
  try {
    await writeOnce(join(import.meta.dirname, 'rows.sql'), 'rows-are-written', community, data)
    return community
  } catch (error) {
    await community.close()
    throw error
  }
}

/**
 * Runs a file of SQL that fills tables.
 *
 * @param mark the file in the kept folder that says so
 */
export async function writeOnce(file: string, mark: string, { login }: ServedProject, data?: string): Promise<void> {
  const written = data === undefined ? undefined : join(data, mark)
  if (written !== undefined && existsSync(written)) return
  const client = new pg.Client(login('supabase_admin'))
  await client.connect()
  const ms = await elapsed(async () => {
    await client.query(readFileSync(file, 'utf8'))
    await client.query('vacuum (analyze, freeze)')
    await client.query('checkpoint')
  })
  console.log(`${basename(file)} ran in ${Math.round(ms / 1000)} s`)
  await client.end()
  if (written !== undefined) writeFileSync(written, '')
}
