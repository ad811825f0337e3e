import { cpus, loadavg, type } from 'node:os'

/** `Linux, 2 x Intel Xeon, Node v24.21.0, load 0.4 before the run`: figures mean little without it. */
export function describeMachine(): string {
  const all = cpus()
  const model = all[0]?.model.replaceAll(/\s+/g, ' ').trim() ?? 'unknown'
  const load = loadavg()[0]?.toFixed(1) ?? '?'
  return `${type()}, ${all.length} x ${model}, Node ${process.version}, load ${load} before the run`
}
