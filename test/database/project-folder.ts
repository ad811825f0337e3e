import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Connections, ProjectOptions } from '#database'
import { silent } from '#observe'

export interface ProjectFolder {
  readonly root: string
  readonly supabase: string
  /** Writes files of the `supabase` folder: `{ 'migrations/1_a.sql': 'select 1' }`. */
  write(files: Record<string, string>): void
  options(connections: Connections, more?: Partial<ProjectOptions>): ProjectOptions
  remove(): void
}

export function createProjectFolder(files: Record<string, string> = {}): ProjectFolder {
  const root = mkdtempSync(join(tmpdir(), 'portico-project-'))
  const supabase = join(root, 'supabase')
  const folder: ProjectFolder = {
    root,
    supabase,
    write(more) {
      for (const [name, text] of Object.entries(more)) {
        mkdirSync(dirname(join(supabase, name)), { recursive: true })
        writeFileSync(join(supabase, name), text)
      }
    },
    options: (connections, more) => ({
      connections,
      root,
      supabase,
      migrations: { enabled: true, schemaPaths: [] },
      seed: { enabled: true, sqlPaths: ['./seed.sql'] },
      observe: silent,
      ...more,
    }),
    remove: () => rmSync(root, { recursive: true }),
  }
  folder.write(files)
  return folder
}
