import { Hono } from 'hono'
import type { Mailbag } from './mailbag.ts'
import type { Address, Message } from './message.ts'
import { matches } from './search.ts'

/**
 * Mailpit's HTTP API, which the end-to-end tests of Supabase apps read their mails from.
 * See https://mailpit.axllent.org/docs/api-v1/.
 */
export function mailpitRoutes(bag: Mailbag): Hono {
  const routes = new Hono()
  const found = (query: string) => bag.all().filter((message) => matches(message, query, bag.isRead(message.id)))
  const summary = (message: Message) => summaryOf(message, bag.isRead(message.id))

  const page = (messages: readonly Message[], url: string) => {
    const query = new URL(url).searchParams
    const start = count(query.get('start'), 0)
    const shown = messages.slice(start, start + count(query.get('limit'), 50))
    const unread = (of: readonly Message[]) => of.filter(({ id }) => !bag.isRead(id)).length
    return {
      total: bag.all().length,
      unread: unread(bag.all()),
      count: shown.length,
      messages_count: messages.length,
      messages_unread: unread(messages),
      start,
      tags: [],
      messages: shown.map(summary),
    }
  }

  routes.get('/messages', (c) => c.json(page(bag.all(), c.req.url)))
  routes.get('/search', (c) => c.json(page(found(c.req.query('query') ?? ''), c.req.url)))
  routes.delete('/search', (c) => {
    bag.remove(new Set(found(c.req.query('query') ?? '').map(({ id }) => id)))
    return c.text('ok')
  })
  routes.delete('/messages', async (c) => {
    const { ids } = await readIds(c.req.raw)
    bag.remove(new Set(ids.length > 0 ? ids : bag.all().map(({ id }) => id)))
    return c.text('ok')
  })
  routes.put('/messages', async (c) => {
    const { ids, read } = await readIds(c.req.raw)
    bag.markRead(ids.length > 0 ? ids : bag.all().map(({ id }) => id), read)
    return c.text('ok')
  })

  routes.get('/message/:id', (c) => {
    const message = bag.find(c.req.param('id'))
    if (!message) return c.text('Message not found', 404)
    bag.markRead([message.id], true)
    return c.json(detailOf(message))
  })
  routes.get('/message/:id/headers', (c) => {
    const message = bag.find(c.req.param('id'))
    return message ? c.json(message.headers) : c.text('Message not found', 404)
  })
  routes.get('/message/:id/raw', (c) => {
    const message = bag.find(c.req.param('id'))
    return message ? c.text(message.raw.toString()) : c.text('Message not found', 404)
  })
  routes.get('/info', (c) =>
    c.json({ Version: 'v1.27.0', Database: 'memory', Messages: bag.all().length, Unread: page([], c.req.url).unread }),
  )
  return routes
}

function summaryOf(message: Message, read: boolean) {
  return {
    ID: message.id,
    MessageID: message.messageId,
    Read: read,
    ...people(message),
    Subject: message.subject,
    Created: message.receivedAt.toISOString(),
    Username: '',
    Tags: [],
    Size: message.raw.length,
    Attachments: message.attachments.length,
    Snippet: message.text.replace(/\s+/g, ' ').trim().slice(0, 250),
  }
}

function detailOf(message: Message) {
  return {
    ID: message.id,
    MessageID: message.messageId,
    ...people(message),
    ReturnPath: message.from.address,
    Subject: message.subject,
    ListUnsubscribe: { Header: '', Links: [], Errors: '', HeaderPost: '' },
    Date: message.receivedAt.toISOString(),
    Tags: [],
    Username: '',
    Text: message.text,
    HTML: message.html,
    Size: message.raw.length,
    Inline: [],
    Attachments: message.attachments.map(({ name, type, content }, index) => ({
      PartID: String(index + 1),
      FileName: name,
      ContentType: type,
      ContentID: '',
      Size: content.length,
    })),
  }
}

function people({ from, to, cc, bcc, replyTo }: Message) {
  const written = ({ name, address }: Address) => ({ Name: name, Address: address })
  return {
    From: written(from),
    To: to.map(written),
    Cc: cc.map(written),
    Bcc: bcc.map(written),
    ReplyTo: replyTo.map(written),
  }
}

async function readIds(request: Request): Promise<{ readonly ids: readonly string[]; readonly read: boolean }> {
  const body: unknown = await request.json().catch(() => undefined)
  const { IDs, Read } = (typeof body === 'object' && body !== null ? body : {}) as { IDs?: unknown; Read?: unknown }
  return { ids: Array.isArray(IDs) ? IDs.map(String) : [], read: Read === true }
}

function count(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : fallback
}
