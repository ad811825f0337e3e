/** What a client's copy is compared with. */
export interface Validators {
  readonly eTag: string
  /** To the second, as HTTP dates are. */
  readonly lastModified: Date
}

/** Whether the copy that the client has is still good (RFC 9110, section 13.2.2). */
export function isNotModified(headers: Headers, { eTag, lastModified }: Validators): boolean {
  const ifNoneMatch = headers.get('if-none-match')
  if (ifNoneMatch !== null) {
    return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).some((tag) => opaque(tag) === opaque(eTag))
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

function opaque(tag: string): string {
  return tag.replace(/^W\//, '')
}
