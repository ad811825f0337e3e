import type pg from 'pg'

/**
 * Keeps a pool whose connections break (a server that restarts) from ending the process. One that breaks while it is lent
 * fails the statement under way, of which its borrower hears; of an idle one `broken` is told.
 */
export function tolerateBreaks(pool: pg.Pool, broken: (reason: string) => void): void {
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => {
    // A server that stops with us may be faster than our farewell to it.
    if (!pool.ending) broken(error.message)
  })
}
