import { isAbsolute, join } from 'node:path'

/** The path seen from the folder; an absolute one stays as it is. */
export function absolute(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path)
}
