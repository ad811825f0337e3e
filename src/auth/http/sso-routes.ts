import { Hono } from 'hono'
import { z } from 'zod'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { describeServiceProvider } from '../saml/index.ts'
import { beginSso, type FinishedSso, finishSso } from '../sso/index.ts'
import { clientInfo } from './client-info.ts'
import { errorResponse } from './error-response.ts'
import { challengeFields, challengeOf, flag, text } from './fields.ts'
import { limit, requirePerson } from './guard.ts'
import { readBody } from './read-body.ts'
import { readForm } from './read-form.ts'
import { errorUrl, sessionFragment } from './redirects.ts'

const ssoBody = z.object({
  ...{ provider_id: text, domain: text, redirect_to: text, skip_http_redirect: flag },
  ...challengeFields,
})

/** `/sso`: signing in at an organisation's identity provider with SAML 2.0. */
export function ssoRoutes(ctx: AuthContext): Hono {
  const routes = new Hono()
  for (const path of ['/sso', '/sso/*']) {
    routes.use(path, async (_c, next) => {
      if (!ctx.settings.saml.enabled) throw new AuthError(404, 'saml_provider_disabled', 'SAML 2.0 is disabled')
      await next()
    })
  }

  routes.post('/sso', async (c) => {
    const request = c.req.raw
    await limit(ctx, 'sso', c)
    await requirePerson(ctx, c)
    const { provider_id: providerId, domain, redirect_to: redirectTo, ...body } = await readBody(request, ssoBody)
    const challenge = challengeOf(body)
    const url = (await beginSso(ctx, { providerId, domain, redirectTo, challenge })).href
    return body.skip_http_redirect ? Response.json({ url }) : redirect(303, url)
  })

  routes.get('/sso/saml/metadata', ({ req }) => {
    const download = req.query('download') === 'true'
    const service = ctx.serviceProvider()
    return new Response(describeServiceProvider(service, ctx.clock(), download), {
      headers: {
        'content-type': 'application/xml',
        'cache-control': `public, max-age=${service.next ? 60 : 600}`,
        ...(download && { 'content-disposition': 'attachment; filename="metadata.xml"' }),
      },
    })
  })

  routes.post('/sso/saml/acs', async (c) => {
    const request = c.req.raw
    await limit(ctx, 'saml-assertion', c)
    try {
      return redirect(302, arrivalUrl(await finishSso(ctx, await readForm(request), clientInfo(request))))
    } catch (error) {
      // A browser is on its way: it ends up at the site, which is told what went wrong.
      const known = error instanceof AuthError ? error : new AuthError(500, 'unexpected_failure', 'Unexpected failure')
      if (known.status >= 500) errorResponse(error, request, ctx.observe)
      return redirect(303, errorUrl(ctx.settings.siteUrl, known).href)
    }
  })

  return routes
}

function arrivalUrl(finished: FinishedSso): string {
  const url = new URL(finished.target)
  if (finished.kind === 'code') url.searchParams.set('code', finished.code)
  else url.hash = new URLSearchParams({ ...sessionFragment(finished.session), sb: '' }).toString()
  return url.href
}

function redirect(status: 302 | 303, location: string): Response {
  return new Response(null, { status, headers: { location } })
}
