import { stripVTControlCharacters } from 'node:util'
import type { Observation, Observe } from '#observe'

type Level = Extract<Observation, { kind: 'function-log' }>['level']

export type FunctionLog = (level: Level, message: string) => void

const burst = 1_000
const perSecond = 200
const maxMessage = 10_000

/** The log of one function: a flood of lines is cut, and says how many it lost. */
export function createFunctionLog(name: string, observe: Observe): FunctionLog {
  let allowance = burst
  let refilled = performance.now()
  let lost = 0

  const write: FunctionLog = (level, message) =>
    observe({ kind: 'function-log', name, level, message: printable(message.slice(0, maxMessage)) })

  return (level, message) => {
    const now = performance.now()
    allowance = Math.min(burst, allowance + ((now - refilled) / 1000) * perSecond)
    refilled = now
    if (allowance >= 1) {
      allowance -= 1
      write(level, message)
      return
    }
    lost += 1
    if (lost > 1) return
    setTimeout(() => {
      write('warn', `${lost} log lines were dropped: the function writes more than ${perSecond} a second`)
      lost = 0
    }, 1_000).unref()
  }
}

/** What moves no cursor and colours nothing on whatever terminal it is read: lines and tabs are all it may have. */
function printable(message: string): string {
  return stripVTControlCharacters(message).replaceAll(controls, '\ufffd')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controls = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g
