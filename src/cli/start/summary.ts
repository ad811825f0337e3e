import type { App } from '#app'
import { pc } from '../colours.ts'
import { duration } from '../duration.ts'
import { knownFacts, labelled } from '../facts.ts'

/** What may be printed: in production the output is kept in logs, where no secret belongs. */
export function printableFacts(facts: App['facts'], mode: 'development' | 'production'): Record<string, string> {
  const shown = knownFacts.filter((fact) => mode === 'development' || !('secret' in fact))
  return Object.fromEntries(
    shown.flatMap(({ name }) => {
      const value = facts[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** The one thing to read after a start. */
export function summary({ config, facts }: App, ms: number): string {
  const { mode, managed, ephemeral, dataFolder } = config
  const what = managed ? `in front of ${managed.url}` : mode
  const kept = ephemeral ? `${dataFolder} ${pc.dim('(removed at the end)')}` : dataFolder
  return [
    '',
    `${pc.bold(pc.green('Portico runs'))} (${what}), ready in ${duration(ms)}`,
    '',
    ...labelled({ ...printableFacts(facts, mode) }).map((line) => `  ${line}`),
    '',
    ...(managed ? [] : [`  Data in ${kept}`]),
    ...(mode === 'development' && !managed ? [`  ${pc.dim('Open GraphQL in a browser to try it.')}`] : []),
    ...(mode === 'production' && !managed ? [`  ${pc.dim('Secrets: portico status')}`] : []),
    `  ${pc.dim('Ctrl-C stops it.')}`,
    '',
  ].join('\n')
}
