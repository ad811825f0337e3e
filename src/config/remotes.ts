import type { Place } from './prepare.ts'
import type { Report } from './report.ts'
import { isTable, type Table } from './toml.ts'

export interface Branch {
  /** The project's tables, with those of the selected branch over them. */
  readonly tables: Table
  readonly remotes: Readonly<Record<string, { readonly projectId: string }>>
}

/**
 * Splits `[remotes.NAME]` off. As for Supabase's CLI, a branch applies when SUPABASE_PROJECT_ID is its `project_id`;
 * it then brings no seed unless it says so.
 */
export function selectRemote(tables: Table, selected: string | undefined, report: Report): Branch {
  const { remotes: written, ...base } = tables
  const complain = (path: readonly string[], value: unknown, expected: string) => {
    const place: Place = { path: ['remotes', ...path], value, secret: false, variable: undefined }
    report.mistakeAt(place, expected)
  }
  if (written !== undefined && !isTable(written)) complain([], written, 'a table')

  const remotes: Record<string, { readonly projectId: string }> = {}
  let merged: Table = base
  for (const [name, remote] of Object.entries(isTable(written) ? written : {})) {
    const projectId = isTable(remote) ? remote.project_id : undefined
    if (!isTable(remote)) {
      complain([name], remote, 'a table')
    } else if (typeof projectId !== 'string' || !/^[a-z]{20}$/.test(projectId)) {
      complain([name, 'project_id'], projectId, 'the 20 letters of a hosted project, like "abcdefghijklmnopqrst"')
    } else if (Object.values(remotes).some((other) => other.projectId === projectId)) {
      complain([name, 'project_id'], projectId, 'a project that no other remote names')
    } else {
      remotes[name] = { projectId }
      if (projectId === selected) merged = mergeTables(mergeTables(base, { db: { seed: { enabled: false } } }), remote)
    }
  }
  return { tables: merged, remotes }
}

function mergeTables(base: Table, over: Table): Table {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key]
    merged[key] = isTable(value) && isTable(below) ? mergeTables(below, value) : value
  }
  return merged
}
