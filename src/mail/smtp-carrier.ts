import type { MailCarrier, Sender } from './mail.ts'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly sender: Sender
  /** Whether to refuse a server that does not encrypt. */
  readonly requireTls: boolean
}

/** Milliseconds: someone waits for the answer meanwhile. */
const patience = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

/** Hands mails to an SMTP server. The connection is encrypted from the first byte on port 465, else once STARTTLS is offered. */
export function createSmtpCarrier({ host, port, user, password, sender, requireTls }: SmtpServer): MailCarrier {
  const transport = import('nodemailer').then(({ createTransport }) =>
    createTransport({
      ...patience,
      host,
      port,
      secure: port === 465,
      requireTLS: requireTls,
      pool: true,
      maxConnections: 4,
      ...(user !== '' && { auth: { user, pass: password } }),
    }),
  )
  // Where nobody sends a mail, nobody would see the failure.
  transport.catch(() => {})
  return {
    async send({ to, subject, html }) {
      // As objects: a comma in a name or address must not make two recipients of one.
      await (await transport).sendMail({ from: sender, to: { name: '', address: to }, subject, html })
    },
    async close() {
      const opened = await transport
      opened.close()
    },
  }
}
