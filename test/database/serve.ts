/**
 * A Portico of a test's own that can be killed: holds a data folder, starts Postgres, says so in one line of JSON on
 * standard output, and stops when its standard input ends.
 *
 *   node serve.ts '{"path": "…", "elsewhere": "…"}'
 */
import { holdDataFolder, startPostgres } from '#database'
import { errorMessage, isPorticoError } from '#errors'

export interface ServeOptions {
  readonly path: string
  readonly elsewhere?: string
}

export type Served =
  | { readonly ready: true; readonly pid: number; readonly socketFolder: string; readonly port: number }
  | { readonly ready: false; readonly code: string; readonly message: string }

const { path, elsewhere } = JSON.parse(process.argv[2] ?? '{}') as ServeOptions

function say(served: Served): void {
  process.stdout.write(`${JSON.stringify(served)}\n`)
}

try {
  const folder = holdDataFolder(path, { API_URL: 'http://127.0.0.1:54321' })
  const server = await startPostgres({ folder, ...(elsewhere && { elsewhere }), observe: () => {} })
  process.stdin.on('end', async () => {
    await server.stop()
    folder.release()
  })
  process.stdin.resume()
  say({ ready: true, pid: server.pid, socketFolder: server.socketFolder, port: server.port })
} catch (error) {
  say({ ready: false, code: isPorticoError(error) ? error.code : 'none', message: errorMessage(error) })
}
