/** The length of the body, as the client declares it. */
export function requestSize(headers: Headers): number | undefined {
  const size = Number(headers.get('content-length') ?? Number.NaN)
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined
}
