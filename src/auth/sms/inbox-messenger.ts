import type { Mailer } from '../mail/index.ts'
import type { Messenger } from './messenger.ts'

/** Text messages of development: shown in the inbox, as mails to the number. */
export function createInboxMessenger(mailer: Mailer): Messenger {
  return {
    channels: ['sms', 'whatsapp'],
    async send({ phone, text }) {
      const html = `<p>${text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)}</p>`
      await mailer.send({ to: `${phone}@sms.localhost`, subject: text.replace(/\s+/g, ' '), html })
      return ''
    },
  }
}
