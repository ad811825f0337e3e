import type { MiddlewareHandler } from 'hono'

/** Answers hold tokens and people's data: no cache may keep them, unless a route says otherwise. */
export const keepPrivate: MiddlewareHandler = async (c, next) => {
  await next()
  if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store')
}
