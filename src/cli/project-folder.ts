import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/**
 * The project that is meant where no `--project` says so: the one of a folder, or, as with Supabase's CLI, of the nearest
 * folder above it that has a supabase/config.toml. Relative to the folder.
 */
export function projectAround(folder: string): string {
  if (existsSync(join(folder, 'supabase'))) return '.'
  for (let above = dirname(folder); ; above = dirname(above)) {
    if (existsSync(join(above, 'supabase', 'config.toml'))) return relative(folder, above)
    if (above === dirname(above)) return '.'
  }
}
