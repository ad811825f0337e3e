import { once } from 'node:events'
import { connect } from 'node:net'

/**
 * Writes bytes as they are, and reads until the connection is over. A server that closes one on which something unread
 * is left resets it: what it had sent before is its answer all the same.
 */
export async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await once(socket, 'connect')
  socket.write(bytes)
  await closed
  return answer
}
