import type { Dispatcher } from 'undici'

const warmingRequests = 3

/** Connections to a socket that a process listens on. */
export async function connect(socket: string): Promise<Dispatcher> {
  // Loaded while the first process boots, not with Portico.
  const { default: Pool } = await import('undici/lib/dispatcher/pool.js')
  return new Pool('http://localhost', {
    socketPath: socket,
    // As many as there are requests at a time, which are counted elsewhere.
    connections: null,
    pipelining: 1,
    maxHeaderSize: 64 * 1024,
    keepAliveTimeout: 600_000,
    // The limits are the caller's: they end the process' part in a request, not only the connection.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
}

/** Has a few requests answered: a function's first one then finds compiled code. */
export async function warmUp(dispatcher: Dispatcher): Promise<void> {
  for (let i = 0; i < warmingRequests; i++) {
    await new Promise<void>((resolve, reject) => {
      const asked = { path: '/', method: 'POST', headers: { accept: '*/*' }, body: '{}' } as const
      const [onResponseEnd, onResponseError] = [() => resolve(), (_: unknown, error: Error) => reject(error)]
      dispatcher.dispatch(asked, {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData() {},
        onResponseEnd,
        onResponseError,
      })
    })
  }
}
