/** What a client's copy is compared with. */
export interface Validators {
  readonly eTag: string
  /** To the second, as HTTP dates are. */
  readonly lastModified: Date
}

/**
 * Whether the content is the one that the client wants (RFC 9110, section 13.2.2): `If-Match`, or else
 * `If-Unmodified-Since`.
 */
export function isAsExpected(headers: Headers, { eTag, lastModified }: Validators): boolean {
  const ifMatch = headers.get('if-match')
  if (ifMatch !== null)
    return ifMatch.trim() === '*' || entityTags(ifMatch).includes(eTag) || ifMatch.trim() === bare(eTag)
  const since = Date.parse(headers.get('if-unmodified-since') ?? '')
  return !(lastModified.getTime() > since)
}

/** Whether the copy that the client has is still good (RFC 9110, section 13.2.2). */
export function isNotModified(headers: Headers, { eTag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers.get('if-none-match')
  if (ifNoneMatch !== null) {
    const isListed = entityTags(ifNoneMatch).some((tag) => opaque(tag) === opaque(eTag))
    // Clients of S3 write tags without their quotes.
    return ifNoneMatch.trim() === '*' || isListed || ifNoneMatch.trim() === bare(eTag)
  }
  const since = Date.parse(headers.get('if-modified-since') ?? '')
  return lastModified.getTime() <= since
}

/** Whether the part that the client already has is of the same content, so that a range may complete it. */
export function rangeHolds(headers: Headers, { eTag, lastModified }: Validators): boolean {
  const ifRange = headers.get('if-range')
  if (ifRange === null) return true
  return ifRange.includes('"') ? ifRange.trim() === eTag : Date.parse(ifRange) === lastModified.getTime()
}

function entityTags(list: string): string[] {
  return list.match(/(?:W\/)?"[^"]*"/g) ?? []
}

function bare(tag: string): string {
  return opaque(tag).slice(1, -1)
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}
