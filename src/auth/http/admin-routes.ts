import { Hono } from 'hono'
import { z } from 'zod'
import {
  type AdminUserRequest,
  createUser,
  deleteUser,
  generateLink,
  inviteUser,
  listAuditLog,
  listUsers,
  updateUserAsAdmin,
} from '../admin/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { findUserById, parseEmailAddress, presentUser } from '../users/index.ts'
import { isUuid } from '../uuid.ts'
import { requireAdmin } from './authenticate.ts'
import { clientInfo } from './client-info.ts'
import { flag, optionalObject, optionalText, text } from './fields.ts'
import { pageHeaders, readPage } from './pagination.ts'
import { readBody, readOptionalBody } from './read-body.ts'
import { redirectTarget } from './redirect-target.ts'

const userBody = z
  .object({
    id: text,
    aud: text,
    role: text,
    email: text,
    phone: text,
    password: optionalText,
    password_hash: text,
    email_confirm: flag,
    phone_confirm: flag,
    user_metadata: optionalObject,
    app_metadata: optionalObject,
    ban_duration: text,
  })
  .transform(
    ({ password_hash, email_confirm, phone_confirm, user_metadata, app_metadata, ban_duration, ...same }) =>
      ({
        ...same,
        passwordHash: password_hash,
        emailConfirm: email_confirm,
        phoneConfirm: phone_confirm,
        userMetadata: user_metadata,
        appMetadata: app_metadata,
        banDuration: ban_duration,
      }) satisfies AdminUserRequest,
  )

const deleteBody = z.object({ should_soft_delete: flag })

const inviteBody = z.object({ email: text, data: optionalObject })
const linkBody = z.object({
  type: text,
  email: text,
  new_email: text,
  password: text,
  data: optionalObject,
  redirect_to: text,
})

/** `/admin/users`: what a service does to accounts. Every route asks for an administrator's token first. */
export function adminRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  for (const path of ['/admin/*', '/invite']) {
    routes.use(path, async ({ req }, next) => {
      await requireAdmin(ctx, req.raw)
      await next()
    })
  }

  routes.get('/admin/users', async ({ req: { raw: request } }) => {
    const query = new URL(request.url).searchParams
    const page = readPage(query)
    const filter = (query.get('filter') ?? '').replaceAll('\0', '')
    const { users, total } = await listUsers(ctx, { ...page, oldestFirst: readSort(query), filter })
    return Response.json({ users, aud: 'authenticated' }, { headers: pageHeaders(request, page, total) })
  })
  routes.post('/admin/users', async ({ req }) =>
    Response.json(await createUser(ctx, await readBody(req.raw, userBody), clientInfo(req.raw))),
  )

  routes.get('/admin/users/:id', async ({ req }) => {
    const user = await findUserById(ctx.db, readId(req.param('id')))
    if (!user) throw new AuthError(404, 'user_not_found', 'User not found')
    return Response.json(presentUser(user))
  })
  routes.put('/admin/users/:id', async ({ req }) => {
    const id = readId(req.param('id'))
    return Response.json(await updateUserAsAdmin(ctx, id, await readBody(req.raw, userBody), clientInfo(req.raw)))
  })
  routes.delete('/admin/users/:id', async ({ req }) => {
    const id = readId(req.param('id'))
    const { should_soft_delete: soft } = await readOptionalBody(req.raw, deleteBody)
    await deleteUser(ctx, { id, soft }, clientInfo(req.raw))
    return Response.json({})
  })

  // Swift's client asks for it among what else is an administrator's.
  routes.on('POST', ['/invite', '/admin/invite'], async ({ req: { raw: request } }) => {
    const { email, data = {} } = await readBody(request, inviteBody)
    const redirectTo = redirectTarget(request, ctx.settings)
    const invitation = { email: parseEmailAddress(email), data, redirectTo }
    return Response.json(await inviteUser(ctx, invitation, clientInfo(request)))
  })
  routes.post('/admin/generate_link', async ({ req: { raw: request } }) => {
    const { email, new_email: newEmail, redirect_to, ...wanted } = await readBody(request, linkBody)
    const redirectTo = redirectTarget(request, ctx.settings, redirect_to)
    const link = { ...wanted, email: parseEmailAddress(email), newEmail, redirectTo }
    return Response.json(await generateLink(ctx, link, clientInfo(request)))
  })
  routes.get('/admin/audit', async ({ req: { raw: request } }) => {
    const query = new URL(request.url).searchParams
    const page = readPage(query)
    const filter = (query.get('query') ?? '').replaceAll('\0', '')
    const { entries, total } = await listAuditLog(ctx, { ...page, query: filter })
    return Response.json(entries, { headers: pageHeaders(request, page, total) })
  })

  return routes
}

function readId(id: string): string {
  if (isUuid(id)) return id
  throw new AuthError(404, 'validation_failed', 'user_id must be an UUID')
}

/** True where `sort` asks for the oldest first. */
function readSort(query: URLSearchParams): boolean {
  const sort = query.get('sort')
  if (sort === null) return false
  const match = /^created_at(?: (asc|desc))?$/i.exec(sort)
  if (!match) throw new AuthError(400, 'validation_failed', 'Bad Sort Parameters: expected created_at asc or desc')
  return match[1]?.toLowerCase() === 'asc'
}
