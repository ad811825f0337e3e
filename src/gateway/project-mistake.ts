import { pathToFileURL } from 'node:url'
import { errorMessage, isPorticoError, PorticoError } from '#errors'

/**
 * What building a schema failed with: fields are made long after the file that adds them has run, so where a mistake is
 * only its stack tells.
 *
 * @param folder the project's `schema` folder
 */
export function projectMistake(error: unknown, folder: string): unknown {
  if (isPorticoError(error) || !(error instanceof Error)) return error
  const place = placeIn(error.stack ?? '', [`${pathToFileURL(folder).href}/`, `${folder}/`])
  if (place === undefined) return error
  return new PorticoError('PROJECT_SCHEMA_INVALID', {
    message: `schema/${place}: ${errorMessage(error)}`,
    cause: error,
  })
}

/** File and line of the innermost frame in a folder: `hello.ts:5`. */
function placeIn(stack: string, folders: readonly string[]): string | undefined {
  for (const frame of stack.split('\n').slice(1)) {
    const folder = folders.find((candidate) => frame.includes(candidate))
    const after = folder && frame.slice(frame.indexOf(folder) + folder.length)
    const [, file, line] = /^([^?:]+)(?:\?[^:]*)?:(\d+)/.exec(after ?? '') ?? []
    if (file !== undefined) return `${file}:${line}`
  }
  return undefined
}
