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
    observe({ kind: 'function-log', name, level, message: message.slice(0, maxMessage) })

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
