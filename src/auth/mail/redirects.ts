import type { AuthSettings } from '../settings/index.ts'

type RedirectSettings = Pick<AuthSettings, 'siteUrl' | 'redirectUrls'>

/**
 * Where a link in a mail may lead in the end: the wanted address where it is on the project's own site or matches a
 * glob of `additional_redirect_urls`, else the site. Tokens are appended to it, so nothing else will do.
 */
export function chooseRedirect(wanted: string | null | undefined, settings: RedirectSettings): string {
  const url = wanted ? parse(wanted) : undefined
  if (!wanted || !url || !isRedirectAllowed(url, settings)) return settings.siteUrl
  // The parser writes a slash where there is no path; whoever asked compares with what they asked for.
  return url.href === `${wanted}/` ? wanted : url.href
}

/** Whether an address is on the project's own site or matches a glob of `additional_redirect_urls`. */
export function isRedirectAllowed(url: URL, { siteUrl, redirectUrls }: RedirectSettings): boolean {
  const site = parse(siteUrl)
  if (site && url.protocol === site.protocol && url.hostname === site.hostname) {
    // A native app listens on whatever loopback port is free (RFC 8252, section 7.3).
    if (url.port === site.port || isLoopback(url.hostname)) return true
  }
  if (/^\[|^[0-9.]+$/.test(url.hostname) && !isLoopback(url.hostname)) return false
  const withoutFragment = url.href.slice(0, url.href.length - url.hash.length)
  return redirectUrls.some((glob) => globPattern(glob).test(withoutFragment))
}

/**
 * GoTrue's globs: `*` and `?` stop at `.` and `/`, `**` does not, `{a,b}` is either.
 * A URL without a path is written with a slash by the parser, and so may the glob be.
 */
function globPattern(glob: string): RegExp {
  const source = glob.replace(/\*\*|\*|\?|\{[^{}]*\}|[^*?{]+|\{/g, (part) => {
    if (part === '**') return '.*'
    if (part === '*') return '[^./]*'
    if (part === '?') return '[^./]'
    if (part.length > 1 && part.startsWith('{')) return `(?:${part.slice(1, -1).split(',').map(literal).join('|')})`
    return literal(part)
  })
  return new RegExp(`^${source}/?$`, 's')
}

function literal(text: string): string {
  return text.replace(/[\\^$.|+()[\]{}*?]/g, '\\$&')
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.[0-9]+){3}$/.test(hostname)
}

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined
}
