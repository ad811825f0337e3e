import { readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import pg from 'pg'
import { runCopy } from '#database'
import { errorMessage } from '#errors'
import { answerOf, asText } from '../../database/index.ts'
import { Branches } from './branches.ts'
import { Ended, Failed, isLost, linesOf, type Status } from './failure.ts'
import { metaCommands } from './meta-commands.ts'
import { type Command, type Query, Script } from './script.ts'
import { truth, type Variables } from './variables.ts'

export interface PsqlOptions {
  readonly client: pg.Client
  /** What `\i` is relative to. */
  readonly folder: string
  /** Lines of standard output. */
  readonly print: (line: string) => unknown
  /** Lines of standard error. */
  readonly warn: (line: string) => unknown
  /** Statements that are not sent. */
  readonly skips?: (query: Query) => boolean
}

const deepest = 32

/**
 * What `psql --no-psqlrc --no-align --tuples-only --quiet -v ON_ERROR_STOP=1 -f FILE` does, which pg_prove runs: one
 * session from the first to the last line, with psql's variables and those of its commands that tests use.
 */
export class PsqlSession {
  readonly options: PsqlOptions
  readonly variables: Variables = new Map([
    ['ON_ERROR_STOP', '1'],
    ['QUIET', 'on'],
  ])
  readonly #files: string[] = []
  /** The last statement, for `\g` on its own. */
  #last: Query | undefined

  constructor(options: PsqlOptions) {
    this.options = options
    const { user, host, port, database } = options.client
    const known = { USER: user, HOST: host, PORT: String(port), DBNAME: database, ENCODING: 'UTF8' }
    for (const [name, value] of Object.entries(known)) this.variables.set(name, value ?? '')
    options.client.on('notice', ({ severity, message }) => options.warn(`${this.#place()}${severity}:  ${message}`))
  }

  async runFile(path: string): Promise<Status> {
    try {
      await this.include(path)
      return 0
    } catch (error) {
      if (error instanceof Ended) return error.status
      throw error
    }
  }

  /** Runs a file as a part of this session. */
  async include(path: string): Promise<void> {
    if (this.#files.length === deepest) throw new Error(`more than ${deepest} files include one another`)
    const script = new Script(readFileSync(path, 'utf8'))
    this.#files.push(path)
    const branches = new Branches()
    let line = 1
    for (;;) {
      try {
        const command = script.next(this.variables)
        if (!command) break
        line = command.line
        if ((await this.#run(command, script, branches)) === 'quit') break
      } catch (error) {
        this.#tell(error, line)
      }
    }
    this.#attempt(() => branches.end(), line)
    this.#files.pop()
  }

  /** The file that is being read. */
  get file(): string {
    return this.#files.at(-1) ?? ''
  }

  /** `\ir` is relative to the file that says so, `\i` to the folder the session began in. */
  resolve(path: string, toFile: boolean): string {
    return resolve(toFile ? dirname(this.file) : this.options.folder, path)
  }

  /** Sends a statement and gives what each of its parts answered. */
  async send(query: Query, data?: string): Promise<ReturnType<typeof answerOf>[]> {
    this.#last = query
    const { client, skips } = this.options
    if (skips?.(query)) return []
    const savepoint = await this.#openSavepoint(query)
    try {
      if (data !== undefined) {
        await runCopy(client, query.text, data)
        return []
      }
      const result = await client.query<unknown[]>({ text: query.text, rowMode: 'array', types: asText })
      const answers = [result].flat().map(answerOf)
      this.#remember(answers.at(-1)?.count ?? 0)
      if (savepoint && client.getTransactionStatus() === 'T') await client.query(`release ${savepoint}`)
      return answers
    } catch (error) {
      // pg tells of an error before it knows what has become of the transaction.
      await client.query('').catch(() => {})
      if (savepoint && client.getTransactionStatus() === 'E') await client.query(`rollback to ${savepoint}`)
      throw error instanceof pg.DatabaseError ? new Failed(query, error) : error
    }
  }

  /** Prints rows as psql does unaligned, without a head. */
  show(answers: readonly ReturnType<typeof answerOf>[]): void {
    for (const { rows } of answers) {
      for (const row of rows) this.options.print(row.map((value) => value ?? '').join('|'))
    }
  }

  async #run(command: Command, script: Script, branches: Branches): Promise<'quit' | undefined> {
    if (command.kind === 'statement') {
      if (branches.active) this.show(await this.send(command, command.data))
      return undefined
    }
    const { name, words } = command
    const condition = () => {
      const value = truth(words.join(' '))
      if (value === undefined) throw new Error(`\\${name}: Boolean expected, not ${JSON.stringify(words.join(' '))}`)
      return value
    }
    if (branches.take(name, condition) || !branches.active) return undefined
    if (name === 'q' || name === 'quit') return 'quit'
    const run = metaCommands[name]
    if (!run) throw new Error(`\\${name} is a command of psql that is not here`)
    await run({ session: this, words, query: command.open ?? this.#last, drop: () => script.drop() })
    return undefined
  }

  async #openSavepoint({ words }: Query): Promise<string | undefined> {
    const { client } = this.options
    const asked = this.variables.get('ON_ERROR_ROLLBACK')
    if (asked === undefined || truth(asked) !== true || client.getTransactionStatus() !== 'T') return undefined
    if (/^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare)$/.test(words[0] ?? '')) return undefined
    await client.query('savepoint pg_psql_temporary_savepoint')
    return 'savepoint pg_psql_temporary_savepoint'
  }

  #remember(count: number): void {
    for (const [name, value] of Object.entries({ ERROR: 'false', SQLSTATE: '00000', ROW_COUNT: String(count) })) {
      this.variables.set(name, value)
    }
  }

  #attempt(work: () => void, line: number): void {
    try {
      work()
    } catch (error) {
      this.#tell(error, line)
    }
  }

  /** Tells of an error, and ends the session if it is to end with the first one. */
  #tell(error: unknown, line: number): void {
    if (error instanceof Ended) throw error
    const failed = error instanceof Failed ? error : undefined
    const cause = failed?.cause
    for (const text of linesOf(error, this.#place(failed?.line ?? line))) this.options.warn(text)
    if (isLost(error)) throw new Ended(2)
    const code = cause?.code ?? ''
    const known = { ERROR: 'true', SQLSTATE: code, LAST_ERROR_SQLSTATE: code, LAST_ERROR_MESSAGE: errorMessage(error) }
    for (const [name, value] of Object.entries(known)) this.variables.set(name, value)
    if (truth(this.variables.get('ON_ERROR_STOP') ?? '0') !== false) throw new Ended(3)
  }

  #place(line?: number): string {
    const file = relative(process.cwd(), this.file)
    return `${file}${line === undefined ? '' : `:${line}`}: `
  }
}
