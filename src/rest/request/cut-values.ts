/** Stands for the n-th value that was cut out; no request holds a NUL. */
export const hole = (n: number) => `\0${n}`

/** One digit numbers them. */
const most = 10

const plainFilter = /^([\w.]+)=((?:not\.)?(?:eq|neq|gt|gte|lt|lte)\.)(.*)$/s
const reserved = /^(?:select|columns|on_conflict|apikey|(?:.*\.)?(?:order|limit|offset|and|or))$/

/**
 * Cuts the values of plain filters out of a query string: what is left is alike for requests that mean the same of
 * other values.
 *
 * @example cutValues('id=eq.5&order=id') // { template: 'id=eq.\0' + '0&order=id', values: ['5'] }
 */
export function cutValues(search: string): { readonly template: string; readonly values: readonly string[] } {
  // Every filter has one.
  if (!search.includes('.')) return { template: search, values: [] }
  const values: string[] = []
  const parts = search.split('&').map((part) => {
    const [, key = '', operator = '', value = ''] = plainFilter.exec(part) ?? []
    if (key === '' || values.length === most || reserved.test(key)) return part
    const text = decoded(value)
    if (text === undefined) return part
    return `${key}=${operator}${hole(values.push(text) - 1)}`
  })
  return { template: parts.join('&'), values }
}

function decoded(value: string): string | undefined {
  if (!/[%+]/.test(value)) return value
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** The query string with its parameters in order, around the places of what was cut out. */
export function canonicalPieces(template: string): readonly (string | number)[] {
  const given = [...new URLSearchParams(template)].filter(([key]) => key !== 'apikey')
  const text = new URLSearchParams(given.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toString()
  return text
    .replaceAll('+', '%20')
    .split(/%00(\d)/)
    .map((piece, i) => (i % 2 === 0 ? piece : Number(piece)))
}

export function canonicalText(pieces: readonly (string | number)[], values: readonly string[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : encoded(values[piece] ?? ''))).join('')
}

/** As `URLSearchParams` does it. */
function encoded(value: string): string {
  if (/^[\w.*-]*$/.test(value)) return value
  return new URLSearchParams([['', value]]).toString().slice(1).replaceAll('+', '%20')
}
