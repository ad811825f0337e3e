import type { Server } from 'node:net'

/** Bytes of the largest mail. */
const largest = 25 * 1024 * 1024

/** Takes mails by SMTP on loopback, from whoever sends them: an app under test, say. Resolves once it listens. */
export async function openSmtpDoor(
  port: number,
  receive: (raw: Buffer, to: readonly string[]) => Promise<void>,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { SMTPServer } = await import('smtp-server')
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    size: largest,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? '' }),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      let size = 0
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= largest) chunks.push(chunk)
      })
      stream.once('end', () => {
        if (size > largest) return done(new Error('the mail is too large'))
        const to = envelope.rcptTo.map(({ address }) => address)
        receive(Buffer.concat(chunks), to).then(() => done(), done)
      })
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  server.on('error', () => {})
  const address = (server.server as Server).address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
