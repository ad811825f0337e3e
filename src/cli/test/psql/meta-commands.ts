import type { Query } from './script.ts'
import type { PsqlSession } from './session.ts'

interface Call {
  readonly session: PsqlSession
  readonly words: readonly string[]
  /** The statement that it ends; where there is none, the last one. */
  readonly query: Query | undefined
  /** That statement is not to be sent once more. */
  readonly drop: () => void
}

type MetaCommand = (call: Call) => void | Promise<void>

/**
 * The commands of psql that tests use. What only shows or formats something is passed over; what runs programs, writes
 * files or connects elsewhere is not here.
 */
export const metaCommands: Readonly<Record<string, MetaCommand>> = {
  set: ({ session, words: [name, ...values] }) => {
    if (name !== undefined) session.variables.set(name, values.join(''))
  },
  unset: ({ session, words: [name] }) => {
    if (name !== undefined) session.variables.delete(name)
  },
  getenv: ({ session, words: [name, variable = ''] }) => {
    const value = process.env[variable]
    if (name !== undefined && value !== undefined) session.variables.set(name, value)
  },
  ...both(['echo', 'qecho'], ({ session, words }) => void session.options.print(echoed(words))),
  warn: ({ session, words }) => void session.options.warn(echoed(words)),
  ...both(['i', 'include'], ({ session, words }) => include(session, words, false)),
  ...both(['ir', 'include_relative'], ({ session, words }) => include(session, words, true)),
  ...both(['r', 'reset'], ({ drop }) => drop()),
  ...both(['g', 'gx'], async (call) => {
    if (call.words.length > 0) throw new Error('\\g with a file or a program is not here')
    call.session.show(await send(call))
  }),
  gset: async (call) => {
    const [answer] = await send(call)
    if (answer?.rows.length !== 1)
      throw new Error(`${answer?.rows.length ? 'more than one row' : 'no rows'} returned for \\gset`)
    const [row = []] = answer.rows
    for (const [at, { name }] of answer.columns.entries()) {
      const [variable, value] = [`${call.words[0] ?? ''}${name}`, row[at]]
      if (value === null || value === undefined) call.session.variables.delete(variable)
      else call.session.variables.set(variable, value)
    }
  },
  gexec: async (call) => {
    const line = call.query?.line ?? 1
    for (const { rows } of await send(call)) {
      for (const text of rows.flat()) {
        if (text !== null) call.session.show(await call.session.send({ text, words: [], line }))
      }
    }
  },
  ...both(
    ['a', 'C', 'conninfo', 'encoding', 'errverbose', 'f', 'H', 'p', 'print', 'pset', 'restrict', 't', 'T', 'timing'],
    passOver,
  ),
  ...both(['unrestrict', 'x', '?', 'h', 'help', 'l', 'list', 'z', 'sf', 'sv'], passOver),
  ...both(
    'd da dA dAc dAf dAo dAp db dc dC dd dD ddp dE de des det deu dew df dF dFd dFp dFt dg di dl'.split(' '),
    passOver,
  ),
  ...both('dL dm dn do dO dp dP drds drg dRp dRs ds dS dt dT du dv dx dX dy'.split(' '), passOver),
}

function both(names: readonly string[], command: MetaCommand): Readonly<Record<string, MetaCommand>> {
  return Object.fromEntries(names.map((name) => [name, command]))
}

function passOver(): void {}

function echoed(words: readonly string[]): string {
  return (words[0] === '-n' ? words.slice(1) : words).join(' ')
}

async function include(session: PsqlSession, [path]: readonly string[], toFile: boolean): Promise<void> {
  if (path === undefined) throw new Error('missing required argument: the file to include')
  await session.include(session.resolve(path, toFile))
}

async function send({ session, query, drop }: Call) {
  drop()
  if (!query) throw new Error('there is no statement to send')
  return await session.send(query)
}
