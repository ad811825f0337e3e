import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A TCP port that nobody has now, nor is given by the system to who asks for any one: those are 32768 and above (Linux)
 * or 49152 and above (macOS). So it is still free a moment later.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    const server = createServer()
    try {
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
    } catch {
      continue
    }
    server.close()
    await once(server, 'close')
    return port
  }
}
