import { AuthError } from '../auth-error.ts'

export interface Page {
  /** From 1. */
  readonly page: number
  readonly perPage: number
}

/** More than this on one page would only hold up everyone else. */
const mostPerPage = 10_000

/** Reads `page` and `per_page`. */
export function readPage(query: URLSearchParams): Page {
  const page = readCount(query.get('page'), 1)
  const perPage = readCount(query.get('per_page'), 50)
  return { page: Math.max(page, 1), perPage: Math.min(Math.max(perPage, 1), mostPerPage) }
}

/** The `Link` and `X-Total-Count` headers of a page. `page` comes first in links: auth-js reads the first number. */
export function pageHeaders(request: Request, { page, perPage }: Page, total: number): Record<string, string> {
  const { pathname, searchParams } = new URL(request.url)
  const last = Math.ceil(total / perPage)
  const linkTo = (number: number, rel: string) => {
    const query = new URLSearchParams(searchParams)
    query.set('page', String(number))
    query.sort()
    return `<${pathname}?${query}>; rel="${rel}"`
  }
  const links = [...(page < last ? [linkTo(page + 1, 'next')] : []), linkTo(last, 'last')]
  return { link: links.join(', '), 'x-total-count': String(total) }
}

function readCount(text: string | null, fallback: number): number {
  if (text === null || text === '') return fallback
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new AuthError(400, 'validation_failed', 'Bad Pagination Parameters: expected a whole number')
}
