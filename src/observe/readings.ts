import { Counter, Gauge, type Registry } from 'prom-client'

/** What is looked at whenever metrics are asked for. */
export interface Measure<Readings> {
  /** Counters only grow, and their names end in `_total`. */
  readonly kind: 'gauge' | 'counter'
  readonly help: string
  read(readings: Readings): number
}

/** @param read called once for each measure; undefined where nothing was started yet, and all is 0 */
export function watchReadings<Readings>(
  registry: Registry,
  measures: Readonly<Record<string, Measure<Readings>>>,
  read: () => Readings | undefined,
): void {
  for (const [name, measure] of Object.entries(measures)) {
    const { help } = measure
    const value = () => {
      const readings = read()
      return readings === undefined ? 0 : measure.read(readings)
    }
    if (measure.kind === 'gauge') {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(value())
        },
      })
    } else {
      new Counter({
        name,
        help,
        registers: [registry],
        collect() {
          this.reset()
          this.inc(value())
        },
      })
    }
  }
}
