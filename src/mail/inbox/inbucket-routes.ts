import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import type { Mailbag } from './mailbag.ts'
import type { Address, Message } from './message.ts'

/**
 * Inbucket's HTTP API, which Supabase's CLI served before Mailpit's: a mailbox for each address, named by what
 * stands before the `@`, or by the whole. See https://github.com/inbucket/inbucket/wiki/REST-GET-mailbox.
 */
export function inbucketRoutes(bag: Mailbag): Hono {
  const routes = new Hono()
  const mailbox = (name: string) => bag.all().filter((message) => isFor(message, name))
  const find = (name: string, id: string) =>
    mailbox(name).find((message, index) => (id === 'latest' ? index === 0 : message.id === id))

  // The oldest first, unlike Mailpit.
  routes.get('/mailbox/:name', (c) => {
    const name = c.req.param('name')
    return c.json(
      mailbox(name)
        .toReversed()
        .map((message) => headerOf(message, name, bag.isRead(message.id))),
    )
  })
  routes.delete('/mailbox/:name', (c) => {
    bag.remove(new Set(mailbox(c.req.param('name')).map(({ id }) => id)))
    return c.json('OK')
  })

  routes.get('/mailbox/:name/:id', (c) => {
    const { name, id } = c.req.param()
    const message = find(name, id)
    if (!message) return c.text('404 page not found', 404)
    bag.markRead([message.id], true)
    return c.json({ ...headerOf(message, name, true), ...contentOf(message) })
  })
  routes.get('/mailbox/:name/:id/source', (c) => {
    const { name, id } = c.req.param()
    const message = find(name, id)
    return message ? c.text(message.raw.toString()) : c.text('404 page not found', 404)
  })
  routes.delete('/mailbox/:name/:id', (c) => {
    const { name, id } = c.req.param()
    const message = find(name, id)
    if (!message) return c.text('404 page not found', 404)
    bag.remove(new Set([message.id]))
    return c.json('OK')
  })
  return routes
}

function isFor({ to, cc, bcc }: Message, name: string): boolean {
  const wanted = name.toLowerCase()
  return [...to, ...cc, ...bcc].some(({ address }) => {
    const own = address.toLowerCase()
    const local = own.slice(0, own.lastIndexOf('@'))
    return own === wanted || local === wanted || local.replace(/\+.*$/, '') === wanted
  })
}

function headerOf(message: Message, mailbox: string, seen: boolean) {
  const written = ({ name, address }: Address) => (name === '' ? `<${address}>` : `${name} <${address}>`)
  return {
    mailbox,
    id: message.id,
    from: written(message.from),
    to: message.to.map(written),
    subject: message.subject,
    date: message.receivedAt.toISOString(),
    'posix-millis': message.receivedAt.getTime(),
    size: message.raw.length,
    seen,
  }
}

function contentOf({ headers, text, html, attachments }: Message) {
  return {
    header: headers,
    body: { text, html },
    attachments: attachments.map(({ name, type, content }) => ({
      filename: name,
      'content-type': type,
      md5: createHash('md5').update(content).digest('hex'),
    })),
  }
}
