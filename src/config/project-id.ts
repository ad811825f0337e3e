import { basename } from 'node:path'
import type { Report } from './report.ts'

/** The project's id, mended as Supabase's CLI does: it begins with a letter or digit and has at most 40 characters. */
export function projectIdOf(written: string | undefined, root: string, report: Report): string {
  const mended = (written ?? basename(root))
    .replace(/[^a-zA-Z0-9_.-]+/g, '_')
    .replace(/^[_.-]+/, '')
    .slice(0, 40)
  const projectId = mended === '' ? 'project' : mended
  if (written !== undefined && written !== projectId) {
    report.warn(
      `project_id ${JSON.stringify(written)} has characters that an id may not have: it is read as ${projectId}`,
    )
  }
  return projectId
}
