import { Hono } from 'hono'
import { inbucketRoutes } from './inbucket-routes.ts'
import type { Mailbag } from './mailbag.ts'
import { mailpitRoutes } from './mailpit-routes.ts'
import { framedHtml, listPage, messagePage } from './page.ts'

/** Nothing in a mail may run, or tell others that it was opened here. */
const framePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; sandbox allow-popups allow-popups-to-escape-sandbox"
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'"

/** The inbox for people and for programs. */
export function inboxRoutes(bag: Mailbag): Hono {
  const routes = new Hono()
  // Mails hold links that sign in: a page elsewhere that names this address its own must not read them.
  routes.use(async (c, next) => {
    if (!isLoopback(c.req.header('host') ?? '')) return c.text('This inbox answers on this machine only.', 403)
    const site = c.req.header('sec-fetch-site')
    const isChange = c.req.method !== 'GET' && c.req.method !== 'HEAD'
    if (isChange && site === 'cross-site') return c.text('Not from another site.', 403)
    await next()
    c.res.headers.set('x-content-type-options', 'nosniff')
    c.res.headers.set('cache-control', 'no-store')
    c.res.headers.set('referrer-policy', 'no-referrer')
    if (!c.res.headers.has('content-security-policy')) c.res.headers.set('content-security-policy', pagePolicy)
  })

  routes.get('/', (c) => c.html(listPage(bag.all(), bag.isRead)))
  routes.post('/clear', (c) => {
    bag.remove(new Set(bag.all().map(({ id }) => id)))
    return c.redirect('/', 303)
  })
  routes.get('/view/:file', (c) => {
    const [, id = '', form] = /^(\w+)(?:\.(html|txt))?$/.exec(c.req.param('file')) ?? []
    const message = bag.find(id)
    if (!message) return c.text('Message not found', 404)
    bag.markRead([message.id], true)
    if (form === 'txt') return c.text(message.text)
    if (form === 'html') return c.html(framedHtml(message), 200, { 'content-security-policy': framePolicy })
    return c.html(messagePage(message))
  })
  routes.get('/livez', (c) => c.text('ok'))
  routes.get('/readyz', (c) => c.text('ok'))
  routes.route('/api/v1', mailpitRoutes(bag))
  routes.route('/api/v1', inbucketRoutes(bag))
  return routes
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i.test(host)
}
