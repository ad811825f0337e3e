export type MediaKind =
  | 'json'
  | 'array-stripped'
  | 'object'
  | 'object-stripped'
  | 'csv'
  | 'geojson'
  | 'openapi'
  | 'form'
  | 'text'
  | 'xml'
  | 'binary'
  | 'plan'
  | 'any'
  | 'other'

/** A media type; `text` is its name in an answer. */
export interface MediaType {
  readonly kind: MediaKind
  readonly text: string
  readonly plan?: { readonly for: MediaType; readonly format: 'text' | 'json'; readonly options: readonly string[] }
}

const plain: Readonly<Record<string, MediaKind>> = {
  'application/json': 'json',
  'application/geo+json': 'geojson',
  'application/openapi+json': 'openapi',
  'application/x-www-form-urlencoded': 'form',
  'application/octet-stream': 'binary',
  'text/csv': 'csv',
  'text/plain': 'text',
  'text/xml': 'xml',
  '*/*': 'any',
}

export const json: MediaType = { kind: 'json', text: 'application/json' }
const planOptions = ['analyze', 'verbose', 'settings', 'buffers', 'wal']

export function readMediaType(text: string): MediaType {
  const [name = '', ...rest] = splitOutsideQuotes(text, ';').map((part) => part.trim())
  const type = name.toLowerCase()
  const parameters = new Map(
    rest.map((part): [string, string] => {
      const [key = '', value = ''] = part.split(/=(.*)/s)
      return [key.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/s, '$1')]
    }),
  )
  const kind = plain[type]
  if (kind) return { kind, text: type }
  const stripped = parameters.get('nulls') === 'stripped'
  switch (type) {
    case 'application/vnd.pgrst.object':
    case 'application/vnd.pgrst.object+json':
      return stripped
        ? { kind: 'object-stripped', text: 'application/vnd.pgrst.object+json;nulls=stripped' }
        : { kind: 'object', text: 'application/vnd.pgrst.object+json' }
    case 'application/vnd.pgrst.array':
    case 'application/vnd.pgrst.array+json':
      return stripped ? { kind: 'array-stripped', text: 'application/vnd.pgrst.array+json;nulls=stripped' } : json
    case 'application/vnd.pgrst.plan':
    case 'application/vnd.pgrst.plan+text':
      return planType('text', parameters)
    case 'application/vnd.pgrst.plan+json':
      return planType('json', parameters)
    default:
      return { kind: 'other', text: name }
  }
}

function planType(format: 'text' | 'json', parameters: ReadonlyMap<string, string>): MediaType {
  const inner = readMediaType(parameters.get('for') ?? 'application/json')
  const asked = (parameters.get('options') ?? '').split('|')
  const options = planOptions.filter((option) => asked.includes(option))
  const suffix = options.length > 0 ? `; options=${options.join('|')}` : ''
  const text = `application/vnd.pgrst.plan+${format}; for="${inner.text}"${suffix}`
  return { kind: 'plan', text, plan: { for: inner, format, options } }
}

/** What a client accepts, most preferred first. */
export function readAccept(header: string | undefined): MediaType[] {
  if (header === undefined || header.trim() === '') return [{ kind: 'any', text: '*/*' }]
  const weighed = splitOutsideQuotes(header, ',').map((part) => {
    const quality = /;\s*q=([\d.]+)/i.exec(part)
    return { type: part.replace(/;\s*q=[\d.]+/i, '').trim(), weight: quality ? Number(quality[1]) : 1 }
  })
  return weighed
    .filter(({ type }) => type !== '')
    .toSorted((a, b) => b.weight - a.weight)
    .map(({ type }) => readMediaType(type))
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  return text.match(separator === ',' ? /(?:"[^"]*"|[^",])+/g : /(?:"[^"]*"|[^";])+/g) ?? []
}
