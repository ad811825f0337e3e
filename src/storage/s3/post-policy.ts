import { StorageError } from '../errors/index.ts'

/** Sizes in bytes that the file of a form may have. */
export interface SizeRange {
  readonly least: number
  readonly most: number
}

/** Fields that carry the policy itself; all others must be among its conditions. */
const ownFields = new Set([
  'policy',
  'x-amz-signature',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-security-token',
])

/**
 * Throws where a form is not what its signer let others send: expired, a field with another value, or one that the
 * policy does not name.
 *
 * @param encoded the policy's JSON in base64
 * @param fields by their names in lower case, the bucket among them
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function assertAllowedBy(encoded: string, fields: ReadonlyMap<string, string>, now = Date.now()): SizeRange {
  const { expiration, conditions } = parse(encoded)
  const expires = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN
  if (Number.isNaN(expires) || !Array.isArray(conditions)) throw malformed()
  if (expires < now) throw new StorageError('ExpiredToken', { message: 'Invalid according to Policy: Policy expired.' })

  const covered = new Set<string>()
  let size: SizeRange = { least: 0, most: Number.POSITIVE_INFINITY }
  for (const condition of conditions) {
    const { operator, operands } = read(condition)
    if (operator === 'content-length-range') {
      const [least, most] = operands.map(Number)
      if (!isSize(least) || !isSize(most)) throw malformed()
      size = { least: Math.max(size.least, least), most: Math.min(size.most, most) }
      continue
    }
    const [name = '', wanted = ''] = operands.map(String)
    const value = fields.get(name.toLowerCase())
    const holds = operator === 'eq' ? value === wanted : value?.startsWith(wanted)
    if (!holds) throw refused(name)
    covered.add(name.toLowerCase())
  }
  for (const name of fields.keys()) {
    if (!covered.has(name) && !ownFields.has(name) && !name.startsWith('x-ignore-')) throw refused(name)
  }
  return size
}

function parse(encoded: string): { expiration?: unknown; conditions?: unknown } {
  try {
    const policy: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString())
    if (typeof policy === 'object' && policy !== null) return policy
  } catch {}
  throw malformed()
}

/** `{"key": "a"}`, `["eq", "$key", "a"]`, `["starts-with", "$key", "a"]` or `["content-length-range", 1, 10]`. */
function read(condition: unknown): { operator: string; operands: readonly unknown[] } {
  if (!Array.isArray(condition)) {
    const [entry, ...more] = Object.entries(condition ?? {})
    if (!entry || more.length > 0) throw malformed()
    return { operator: 'eq', operands: entry }
  }
  const [word, first, second] = condition
  const operator = String(word).toLowerCase()
  if (operator === 'content-length-range') return { operator, operands: [first, second] }
  const isMatch = operator === 'eq' || operator === 'starts-with'
  if (!isMatch || typeof first !== 'string' || !first.startsWith('$')) throw malformed()
  return { operator, operands: [first.slice(1), second ?? ''] }
}

function isSize(size: number | undefined): size is number {
  return size !== undefined && Number.isSafeInteger(size) && size >= 0
}

function malformed(): StorageError {
  return new StorageError('InvalidSignature', { message: 'Invalid POST policy' })
}

function refused(field: string): StorageError {
  return new StorageError('AccessDenied', { message: `Invalid according to Policy: Policy Condition failed: ${field}` })
}
