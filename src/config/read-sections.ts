import type { z } from 'zod'
import { mostSimilar } from '#errors'
import { checkSections } from './checks/index.ts'
import type { Variables } from './environment.ts'
import { ignoredKeys, isHonoured, isSwitchedOff } from './not-honoured.ts'
import { idOf, type Place, type Prepared, prepare } from './prepare.ts'
import type { Report } from './report.ts'
import { type Sections, sections } from './sections/index.ts'
import { dotted, type Table } from './toml.ts'

/** The sections of the file with defaults filled in. Mistakes and warnings go to the report; the rest is usable. */
export function readSections(written: Table, variables: Variables, report: Report): Sections {
  const { tables, oldName } = renameInbucket(written)
  const prepared = prepare(sections, tables, variables)
  const placeOf = (path: readonly PropertyKey[]): Place => {
    const place = prepared.places.get(idOf(path)) ?? unknownPlace(path)
    return oldName && place.path[0] === 'local_smtp' ? { ...place, path: ['inbucket', ...place.path.slice(1)] } : place
  }

  const values = parseLeniently(prepared.input, ({ code, path, message }) => {
    const place = placeOf(path)
    report.mistakeAt(code === 'invalid_key' ? { ...place, value: path.at(-1) } : place, message)
  })
  const isUnset = new Map(prepared.unset.map(({ path, variable }) => [idOf(path), variable]))
  checkSections(values, (path, expected) => {
    // An unset variable is warned of below: a clone without secrets must start.
    if (!isUnset.has(idOf(path))) report.mistakeAt(placeOf(path), expected)
  })

  warnOfUnset(prepared, values, report)
  if (prepared.unknown.length > 0) {
    report.warn(`unknown keys in config.toml: ${prepared.unknown.map((key) => unknownKey(key, report)).join(', ')}`)
  }
  const ignored = ignoredKeys(prepared, values, sections.parse({}))
  if (ignored.length > 0) report.warn(`not honoured yet in config.toml: ${ignored.join(', ')}`)
  return values
}

/** `api.prot (line 3; did you mean port?)` */
function unknownKey({ path, known }: Prepared['unknown'][number], report: Report): string {
  const line = report.lineOf(path)
  const meant = mostSimilar(String(path.at(-1)), known, 0.5)
  const hints = [line !== undefined && `line ${line}`, meant !== undefined && `did you mean ${meant}?`].filter(Boolean)
  return hints.length === 0 ? dotted(path) : `${dotted(path)} (${hints.join('; ')})`
}

/** `[inbucket]` was renamed to `[local_smtp]`; where both stand, the new name counts. */
function renameInbucket(written: Table): { tables: Table; oldName: boolean } {
  const { inbucket, ...tables } = written
  if (inbucket === undefined || tables.local_smtp !== undefined) return { tables, oldName: false }
  return { tables: { ...tables, local_smtp: inbucket }, oldName: true }
}

/** Parses; what is wrong is told and then left out, so that everything else can still be looked at. */
function parseLeniently(input: unknown, tell: (issue: z.core.$ZodIssue) => void): Sections {
  const first = sections.safeParse(input)
  if (first.success) return first.data
  const reduced = structuredClone(input)
  for (const issue of first.error.issues) {
    tell(issue)
    remove(reduced, issue.path)
  }
  return sections.safeParse(reduced).data ?? sections.parse({})
}

/** Takes a key away; a list loses all its items, since the others would move up. */
function remove(tree: unknown, path: readonly PropertyKey[]): void {
  const item = path.findIndex((part) => typeof part === 'number')
  const keys = item === -1 ? path : path.slice(0, item)
  const last = keys.at(-1)
  const parent = keys.slice(0, -1).reduce<unknown>((node, key) => (node as Table | undefined)?.[String(key)], tree)
  if (last !== undefined && typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, last)
}

function warnOfUnset({ unset, places }: Prepared, values: Sections, report: Report): void {
  for (const { path, variable } of unset) {
    const filePath = places.get(idOf(path))?.path ?? path
    if (isHonoured(filePath) && !isSwitchedOff(values, idOf(path))) {
      report.warn(`environment variable ${variable} is not set: ${dotted(filePath)} is left out`)
    }
  }
}

function unknownPlace(path: readonly PropertyKey[]): Place {
  return {
    path: path.map((part) => (typeof part === 'number' ? part : String(part))),
    ...{ value: undefined, secret: true, variable: undefined },
  }
}
