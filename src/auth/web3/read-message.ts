import { type Chain, invalid } from './chain.ts'

/** What the text says that a wallet signed. */
export interface SignInMessage {
  /** Who asked for the signature, as the wallet showed it: a host, perhaps with a port. */
  readonly domain: string
  readonly address: string
  /** Undefined where it has none. */
  readonly statement: string | undefined
  readonly uri: URL
  /** Empty where it names none. */
  readonly network: string
  readonly issuedAt: Date
  readonly expiresAt: Date | undefined
  readonly notBefore: Date | undefined
}

const domainPattern = /^(localhost|(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,})(?::\d{1,5})?$/

/** Reads a message as GoTrue does (internal/utilities/siwe and siws), whose errors these are. */
export function readMessage(text: string, chain: Chain): SignInMessage {
  const wrong = (reason: string) => invalid(`${chain.standard}: ${reason}`)
  const lines = text.split('\n')
  const [header = '', second = '', third, fourth, fifth] = lines
  if (lines.length < 6) throw wrong('message needs at least 6 lines')
  const suffix = ` wants you to sign in with your ${chain.label} account:`
  if (!header.endsWith(suffix)) throw wrong(`message first line does not end in "${suffix}"`)
  const domain = header.slice(0, -suffix.length).trim()
  if (!domainPattern.test(domain)) throw wrong('domain in first line of message is not valid')
  const address = second.trim()
  if (!chain.isAddress(address)) throw wrong(`wallet address is not ${chain.addressExpected}`)
  if (third !== '') throw wrong('third line must be empty')
  const hasStatement = fourth !== '' && fifth === ''
  const fields = readFields(lines, hasStatement ? 5 : 3, wrong)

  const timeOf = (name: string) => {
    const written = fields.get(name)
    const time = written === undefined ? undefined : readTime(written)
    if (written !== undefined && !time) throw wrong(`${name} is not a valid ISO8601 timestamp`)
    return time
  }
  const written = fields.get('URI')
  const uri = written === undefined ? undefined : URL.parse(written)
  if (uri === null) throw wrong('URI is not valid')
  const network = fields.get('Chain ID')
  if (network !== undefined && !chain.isNetwork(network)) throw wrong('Chain ID is not valid')
  const [issuedAt, expiresAt, notBefore] = [timeOf('Issued At'), timeOf('Expiration Time'), timeOf('Not Before')]
  const version = fields.get('Version') ?? ''
  if (version !== '1') throw wrong(`Version value is not supported, expected 1 got ${JSON.stringify(version)}`)
  if (!issuedAt) throw wrong('Issued At is not specified')
  if (!uri) throw wrong('URI is not specified')
  if (expiresAt && issuedAt > expiresAt) throw wrong('Issued At is after Expiration Time')
  if (expiresAt && notBefore && notBefore > expiresAt) throw wrong('Not Before is after Expiration Time')
  const statement = hasStatement ? fourth : undefined
  return { domain, address, statement, uri, network: network ?? '', issuedAt, expiresAt, notBefore }
}

/** The lines `Name: value` from one on; the last of a name counts. */
function readFields(
  lines: readonly string[],
  from: number,
  wrong: (reason: string) => Error,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  let resources: number | undefined
  for (const [index, untrimmed] of lines.entries()) {
    const line = untrimmed.trim()
    if (index < from || line === '') {
      if (index >= from) resources = undefined
      continue
    }
    if (resources !== undefined && line.startsWith('- ')) {
      if (!URL.canParse(line.slice(2).trim())) throw wrong(`Resource at position ${resources} has invalid URI`)
      resources += 1
      continue
    }
    resources = line === 'Resources:' ? 0 : undefined
    if (resources === 0) continue
    const colon = line.indexOf(':')
    if (colon < 0) throw wrong(`encountered unparsable line at index ${index}`)
    fields.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return fields
}

/** A time as RFC 3339 writes it. */
function readTime(written: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(written)) return undefined
  const time = new Date(written)
  return Number.isNaN(time.getTime()) ? undefined : time
}
