import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Observe } from '#observe'
import type { MailCarrier, Sender } from '../mail.ts'
import { createMailbag } from './mailbag.ts'
import { readMessage } from './read-message.ts'
import { inboxRoutes } from './routes.ts'
import { openSmtpDoor } from './smtp-door.ts'

export interface InboxOptions {
  /** Of its page and HTTP API. 0, and a port that is taken, mean any free one. */
  readonly port: number
  /** Where it takes mails by SMTP too; absent: nowhere. */
  readonly smtpPort?: number | undefined
  readonly sender: Sender
  readonly observe: Observe
}

/** Where mails go in development: they are kept in memory and shown, and reach nobody. */
export interface Inbox extends MailCarrier {
  readonly url: string
  readonly smtpPort: number | undefined
}

/** Opens the inbox, on loopback only: what it shows signs in. */
export async function openInbox({ port, smtpPort, sender, observe }: InboxOptions): Promise<Inbox> {
  const bag = createMailbag()
  const receive = async (raw: Buffer, to: readonly string[]) => bag.add(await readMessage(raw, to, new Date()))
  const routes = inboxRoutes(bag)
  const server = createServer(getRequestListener(routes.fetch, { overrideGlobalObjects: false }))
  const elsewhere = (what: string) => (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    observe({ kind: 'message', level: 'warn', text: `The inbox's ${what} is taken; it takes another one.` })
  }
  await listen(server, port).catch((error: NodeJS.ErrnoException) => {
    elsewhere(`port ${port}`)(error)
    return listen(server, 0)
  })
  const door =
    smtpPort === undefined
      ? undefined
      : await openSmtpDoor(smtpPort, receive).catch((error: NodeJS.ErrnoException) => {
          elsewhere(`SMTP port ${smtpPort}`)(error)
          return openSmtpDoor(0, receive)
        })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    smtpPort: door?.port,
    send: async (mail) => await receive(await compose(mail, sender), [mail.to]),
    async close() {
      server.closeAllConnections()
      await Promise.all([new Promise((resolve) => server.close(resolve)), door?.close()])
    },
  }
}

/** The bytes that a mail server would get. */
async function compose({ to, subject, html }: Parameters<MailCarrier['send']>[0], sender: Sender): Promise<Buffer> {
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  const { message } = await transport.sendMail({ from: sender, to: { name: '', address: to }, subject, html })
  return message as Buffer
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}
