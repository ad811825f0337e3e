/** The `Content-Type` of an answer (GraphQL over HTTP, "Media Types"). */
export type MediaType = 'application/json' | 'application/graphql-response+json'

/**
 * The first one that a client takes, as the pipeline chooses; undefined where it takes neither, or wants a page. The
 * pipeline finds what to say then.
 */
export function mediaTypeFor(accept: string | undefined): MediaType | undefined {
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return 'application/json'
  let chosen: MediaType | undefined
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (type === 'text/html' || parameters.some((one) => one.startsWith('charset=') && one !== 'charset=utf-8')) {
      return undefined
    }
    if (type === 'application/graphql-response+json') chosen ??= type
    if (type === 'application/json' || type === 'application/*' || type === '*/*') chosen ??= 'application/json'
  }
  return chosen
}
