import type { Config } from '#config'
import type { HolderFacts } from '#database'
import type { Inbox, MailCarrier, Sender } from '#mail'
import type { Observe } from '#observe'

/** Where this backend's mails go. */
export interface Mailing {
  /** The project's mail server, else in development the inbox; undefined where there is neither. */
  readonly mailer: MailCarrier | undefined
  readonly inbox: Inbox | undefined
  /** Under the names of `supabase status`. */
  readonly facts: HolderFacts
  close(): Promise<void>
}

/** Opens what `[auth.email.smtp]` and `[local_smtp]` say. Production has no inbox: whoever could look into it could sign in. */
export async function openMail({ auth, inbucket, mode }: Config, observe: Observe): Promise<Mailing> {
  const { smtp } = auth.email
  const { createSmtpCarrier, openInbox } = await import('#mail')
  const sender: Sender = {
    address: smtp?.adminEmail || inbucket.adminEmail,
    name: smtp?.senderName || inbucket.senderName,
  }
  const server = smtp?.enabled
    ? createSmtpCarrier({
        ...{ host: smtp.host, port: smtp.port ?? 587, user: smtp.user, password: smtp.pass ?? '', sender },
        requireTls: mode === 'production',
      })
    : undefined
  const { port, smtpPort } = inbucket
  const wantsInbox = mode === 'development' && inbucket.enabled
  const inbox = wantsInbox ? await openInbox({ port, smtpPort, sender, observe }) : undefined
  return {
    mailer: server ?? inbox,
    inbox,
    facts: inbox ? { INBUCKET_URL: inbox.url, MAILPIT_URL: inbox.url } : {},
    async close() {
      await Promise.all([server?.close(), inbox?.close()])
    },
  }
}
