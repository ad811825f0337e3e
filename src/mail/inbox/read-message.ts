import { randomBytes } from 'node:crypto'
import type { AddressObject } from 'mailparser'
import type { Address, Message } from './message.ts'

/**
 * Reads a mail as it comes over the wire.
 *
 * @param envelope whom it was really sent to; who of them is not in its headers got a blind copy
 */
export async function readMessage(raw: Buffer, envelope: readonly string[], receivedAt: Date): Promise<Message> {
  const { simpleParser } = await import('mailparser')
  const mail = await simpleParser(raw, { skipImageLinks: true })
  const to = addresses(mail.to)
  const cc = addresses(mail.cc)
  const named = new Set([...to, ...cc].map(({ address }) => address.toLowerCase()))
  const bcc = envelope.filter((address) => !named.has(address.toLowerCase())).map((address) => ({ name: '', address }))
  return {
    // Unguessable, so that a page elsewhere cannot name a mail.
    id: randomBytes(16).toString('base64url').replace(/[-_]/g, 'x'),
    receivedAt,
    messageId: (mail.messageId ?? '').replace(/^<|>$/g, ''),
    from: addresses(mail.from)[0] ?? { name: '', address: '' },
    to,
    cc,
    bcc,
    replyTo: addresses(mail.replyTo),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html === false ? '' : (mail.html ?? ''),
    headers: headersOf(mail.headerLines),
    attachments: mail.attachments.map(({ filename, contentType, content }) => ({
      name: filename ?? '',
      type: contentType,
      content,
    })),
    raw,
  }
}

function addresses(field: AddressObject | AddressObject[] | undefined): Address[] {
  const objects = field === undefined ? [] : Array.isArray(field) ? field : [field]
  return objects.flatMap(({ value }) => value.map(({ name, address }) => ({ name, address: address ?? '' })))
}

function headersOf(lines: readonly { readonly line: string }[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {}
  for (const { line } of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, at)
    headers[name] = [...(headers[name] ?? []), line.slice(at + 1).trim()]
  }
  return headers
}
