import { median, type RunningPortico } from '../support/index.ts'
import type { Row } from './index.ts'
import type { Load, Loaded } from './load.ts'
import { forkHere } from './processes.ts'

/** Functions that misbehave; those of the limits besides. */
export const attacks = {
  throws: `Deno.serve(() => { throw new Error('on purpose') })`,
  exits: 'Deno.serve(() => Deno.exit(0))',
  floods: `Deno.serve(() => { for (let i = 0; i < 20_000; i++) console.log('line ' + i); return new Response() })`,
  large: 'Deno.serve(() => new Response(new Uint8Array(100e6)))',
  'opens-files': `Deno.serve(() => Deno.readTextFile('/etc/passwd'))`,
}

const most = 2
const rounds = 3
const milliseconds = 1_000

/** p99 of a function at four connections, while another one is called without a pause, against p99 in between. */
export async function neighbours({ url }: RunningPortico): Promise<Row[]> {
  const loader = await forkHere('load.ts')
  const hello = `${url}/functions/v1/hello`
  const p99 = async () => (await loader.ask<Load, Loaded>({ url: hello, connections: 4, milliseconds })).p99
  const rows: Row[] = []
  await p99()
  for (const name of ['loops', 'allocates', ...Object.keys(attacks)]) {
    const ratios: number[] = []
    for (let round = 0; round < rounds; round++) {
      const calm = await p99()
      let over = false
      const attack = async () => {
        while (!over)
          await fetch(`${url}/functions/v1/${name}`).then(
            (response) => response.arrayBuffer(),
            () => {},
          )
      }
      const attacking = attack()
      ratios.push((await p99()) / calm)
      over = true
      await attacking
    }
    const ratio = median(ratios)
    rows.push([
      `neighbour's p99 while one ${name}`,
      ratio.toFixed(2),
      `${ratio <= most ? 'met' : 'BELOW'} (<= ${most})`,
    ])
  }
  loader.child.kill()
  return rows
}
