import { once } from 'node:events'
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { freePort } from './free-port.ts'

/** The way to a server, which can be cut and mended. */
export interface Cable {
  readonly port: number
  /** Bytes that came from the server. */
  readonly received: number
  /** Ends every connection; new ones are refused. */
  cut(): Promise<void>
  mend(): Promise<void>
  /** Nothing comes through any more, and nobody is told. */
  stall(): void
}

/** A TCP port of this machine's that leads to another address. */
export async function layCable(to: NetConnectOpts): Promise<Cable> {
  const ends = new Set<Socket>()
  let received = 0
  const server = createServer((near) => {
    const far = connect(to)
    far.on('data', ({ length }) => {
      received += length
    })
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end)
      end.pipe(other)
      end.on('error', () => other.destroy())
      end.on('close', () => {
        ends.delete(end)
        other.destroy()
      })
    }
  })
  const port = await freePort()
  const mend = async () => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await mend()
  return {
    port,
    get received() {
      return received
    },
    async cut() {
      for (const end of ends) end.destroy()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
    mend,
    stall() {
      for (const end of ends) end.unpipe().pause()
    },
  }
}
