import { chooseRedirect } from '../mail/index.ts'
import type { AuthSettings } from '../settings/index.ts'

/** Where a request wants links to lead: its `redirect_to`, else the page it comes from; the site where neither may be. */
export function redirectTarget({ url, headers }: Request, settings: AuthSettings, inBody = ''): string {
  const wanted = inBody || (headers.get('redirect_to') ?? new URL(url).searchParams.get('redirect_to'))
  return chooseRedirect(wanted || headers.get('referer'), settings)
}
