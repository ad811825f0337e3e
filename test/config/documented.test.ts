import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { isHonoured, notHonoured, withoutCounterpart } from '../../src/config/not-honoured.ts'
import { sections } from '../../src/config/sections/index.ts'

interface Key {
  readonly path: readonly string[]
  readonly initial: unknown
  readonly what: string
}

/** Every key that config.toml may have, as the schema says; `*` stands for a name of the user's. */
function keysOf(schema: z.ZodType, path: readonly string[] = [], around = ''): Key[] {
  let current = schema
  let initial: unknown
  let what = current.description ?? around
  for (;;) {
    if (current instanceof z.ZodDefault || current instanceof z.ZodPrefault) initial ??= current.def.defaultValue
    if (current instanceof z.ZodPipe) current = current.in as z.ZodType
    else if (current instanceof z.ZodDefault || current instanceof z.ZodPrefault || current instanceof z.ZodOptional)
      current = current.unwrap() as z.ZodType
    else break
    what ||= current.description ?? ''
  }
  if (current instanceof z.ZodObject) {
    return Object.entries(current.shape as Readonly<Record<string, z.ZodType>>).flatMap(([name, below]) =>
      keysOf(below, [...path, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)]),
    )
  }
  if (current instanceof z.ZodRecord) return keysOf(current.valueType as z.ZodType, [...path, '*'], what)
  return [{ path, initial, what }]
}

function cellsOf({ path, initial, what }: Key): string[] {
  return [
    `\`${path.slice(1).join('.') || path[0]}\``,
    initial === undefined ? '' : `\`${JSON.stringify(initial)}\``,
    isHonoured(path) ? what.replaceAll('|', '\\|') : 'without effect',
  ]
}

/** As the formatter leaves it. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1, 2].map((at) => Math.max(3, ...rows.map((row) => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)]
}

test('docs/config-keys.md has every key', async () => {
  const bySection = Object.groupBy(keysOf(sections), ({ path }) => (path.length === 1 ? '' : (path[0] ?? '')))
  const tables = Object.entries(bySection).map(([section, keys = []]) =>
    [
      section === '' ? '## At the top' : `## [${section}]`,
      '',
      ...table([['key', 'default', 'what'], ...keys.map(cellsOf)]),
    ].join('\n'),
  )
  const head = [
    '# Keys of config.toml',
    '',
    'Written by `npx vitest run test/config/documented.test.ts -u` from the sections of `src/config/sections`; [what has no effect, and why](config.md).',
    "`*` stands for a name of your own. A key without words is what [Supabase's reference](https://supabase.com/docs/guides/local-development/cli/config) says.",
  ]
  await expect(`${[head.join('\n'), ...tables].join('\n\n')}\n`).toMatchFileSnapshot('../../docs/config-keys.md')
})

test('docs/config.md says of each key without effect why', () => {
  const page = readFileSync('docs/config.md', 'utf8')
  for (const key of [...notHonoured, ...withoutCounterpart]) expect(page).toContain(`\`${key}\``)
})
