import type { Observation } from '#observe'

/** One report of the server's log: `LOG`, `WARNING`, `ERROR`, `FATAL` or `PANIC`, its SQLSTATE and text. */
export interface LogLine {
  readonly level: string
  readonly sqlstate: string
  readonly text: string
}

/** Goes before each line, so that {@link parseLogLine} can read it: SQLSTATE and kind of process. */
export const logLinePrefix = '%e %b: '

// Until it has read its settings the server writes the time instead.
const shape =
  /^(?:([0-9A-Z]{5}) [\w ]+: |\d{4}-\S+ \S+ \w+ \[\d+\] )?(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC): {2}(.*)$/

/** undefined for a line that continues the one before. */
export function parseLogLine(line: string): LogLine | undefined {
  const [, sqlstate = '00000', level, text] = shape.exec(line) ?? []
  return level === undefined || text === undefined ? undefined : { sqlstate, level, text }
}

/**
 * What the log tells, as an observation. An ERROR is a client's, who was told; its text quotes the client's values
 * (`invalid input syntax for type uuid: "…"`), so only its SQLSTATE is passed on.
 */
export function observationOf({ level, sqlstate, text }: LogLine, stopping: boolean): Observation {
  if (level === 'ERROR')
    return { kind: 'message', level: 'debug', text: 'postgres: a statement failed', data: { sqlstate } }
  const crash = text.includes(' was terminated by ')
  // Somebody ended a connection on purpose (`db reset`), and whoever had it hears of it.
  const meant = sqlstate === '57P01'
  const routine = level === 'LOG' || level === 'INFO' || level === 'NOTICE' || meant
  return {
    kind: 'message',
    level: level === 'PANIC' ? 'error' : (routine && !crash) || stopping ? 'debug' : 'warn',
    text: `postgres: ${text}`,
    ...(sqlstate !== '00000' && { data: { sqlstate } }),
  }
}
