import { readFile } from 'node:fs/promises'
import { parse, TomlError } from 'smol-toml'
import { PorticoError } from '#errors'

export type Table = Readonly<Record<string, unknown>>

/** A file of TOML: its tables, and its text for finding lines. */
export interface TomlFile {
  /** How messages call it: `supabase/config.toml`. */
  readonly name: string
  readonly text: string
  readonly tables: Table
}

/** Reads a file of TOML; a missing one is an empty one. Throws CONFIG_INVALID with file, line and column. */
export async function readToml(path: string, name: string): Promise<TomlFile> {
  const text = await readIfExists(path)
  try {
    return { name, text: text ?? '', tables: parse(text ?? '') }
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const { line, column } = error
    const reason = error.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '')
    throw new PorticoError('CONFIG_INVALID', {
      message: `${name}:${line}:${column}: not TOML: ${reason}`,
      details: { file: name, line, column },
    })
  }
}

async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/**
 * The line of the key, counted from 1, or of the closest table around it. Reads headers and assignments only, so it
 * may be undefined for keys inside inline tables and arrays of tables.
 */
export function lineOf({ text }: TomlFile, path: readonly string[]): number | undefined {
  let table: string[] = []
  let inText = false
  let best: { line: number; depth: number } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const quotes = line.match(/"""|'''/g)?.length ?? 0
    const wasInText = inText
    if (quotes % 2 === 1) inText = !inText
    if (wasInText) continue
    const header = /^\s*\[([^[\]]+)\]\s*(#.*)?$/.exec(line)?.[1]
    const key = /^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=/.exec(line)?.[1]
    if (header !== undefined) table = keyParts(header)
    const here = header !== undefined ? table : key !== undefined ? [...table, ...keyParts(key)] : undefined
    if (here === undefined) continue
    // A table is begun by the header of one in it, too.
    const depth = Math.min(here.length, path.length)
    if (depth <= (best?.depth ?? 0)) continue
    if (here.slice(0, depth).every((part, at) => part === path[at])) best = { line: index + 1, depth }
  }
  return best?.line
}

function keyParts(dotted: string): string[] {
  return Array.from(
    dotted.matchAll(/[\w-]+|"([^"]*)"|'([^']*)'/g),
    ([bare, double, single]) => double ?? single ?? bare,
  )
}

/** `storage.buckets."my bucket".public` */
export function dotted(path: readonly (string | number)[]): string {
  return path
    .map((part) => {
      if (typeof part === 'number') return `[${part}]`
      return /^[\w-]+$/.test(part) ? part : JSON.stringify(part)
    })
    .join('.')
    .replaceAll('.[', '[')
}
