import { readHolder } from '#database'
import { PorticoError } from '#errors'
import { pc } from '../colours.ts'
import { dataFolderOf, notRunning } from '../data-folder.ts'
import { knownFacts, labelled } from '../facts.ts'
import type { ProjectOptions } from '../options.ts'
import { isStructured, type StructuredForm, structured } from '../structured.ts'

export interface StatusOptions extends ProjectOptions {
  readonly output: 'pretty' | 'env' | StructuredForm
  /** `api.url=VITE_API_URL` */
  readonly overrideName?: readonly string[]
}

/** Prints what the running backend wrote down of itself. */
export function status({ output, overrideName = [], ...options }: StatusOptions): void {
  const names = namesAfter(overrideName)
  const folder = dataFolderOf(options)
  const holder = readHolder(folder)
  if (!holder) throw notRunning(folder)
  const { pid, since, facts } = holder
  if (facts.API_URL === undefined) {
    throw new PorticoError('NOT_READY', { message: `Process ${pid} is still starting on ${folder}.` })
  }
  if (output === 'pretty') {
    const lines = [`Portico runs: process ${pid} since ${since}`, '', ...labelled(facts)]
    console.log(
      pc.isColorSupported ? lines.map((line, at) => (at === 0 ? pc.bold(line) : line)).join('\n') : lines.join('\n'),
    )
    return
  }
  const values = [...names]
    .flatMap(([name, printed]) => (facts[name] === undefined ? [] : [[printed, facts[name]] as const]))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  if (isStructured(output)) console.log(structured(output, Object.fromEntries(values)))
  else for (const [name, value] of values) console.log(`${name}=${JSON.stringify(value)}`)
}

/** The name under which each value is printed. */
function namesAfter(overrides: readonly string[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>(knownFacts.map(({ name }) => [name, name]))
  for (const override of overrides) {
    const [key, printed] = override.split('=', 2)
    const fact = knownFacts.find((fact) => fact.key === key)
    if (!fact || !printed || !/^[A-Za-z_]\w*$/.test(printed)) {
      const keys = knownFacts.map(({ key }) => key).join(', ')
      throw new PorticoError('CONFIG_INVALID', {
        message: `--override-name ${override}: expected NAME=VARIABLE with one of ${keys}.`,
      })
    }
    names.set(fact.name, printed)
  }
  return names
}
