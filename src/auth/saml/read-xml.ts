/** XML namespaces of SAML 2.0 and of what it is made of. */
export const namespaces = {
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
} as const

type Namespace = keyof typeof namespaces

/** What is wrong with a document or what it says; for the log, and for nobody who sent it. */
export class SamlError extends Error {
  override readonly name = 'SamlError'
}

/**
 * Messages of identity providers have ten levels or so, and an element for each group of a user. Each costs the
 * verification of a signature some 30 µs, and more the more namespaces are declared around it. Comments and the like
 * count as elements: each costs more the more of them there are.
 */
const most = { depth: 30, elements: 3000, attributes: 50, namespaces: 50 }

/** The root of a document without a DTD, in which nothing is malformed. Throws `SamlError`. */
export async function readXml(text: string): Promise<Element> {
  assertModest(text)
  const { DOMParser } = await import('@xmldom/xmldom')
  const malformed = (reason: string) => {
    throw new SamlError(`malformed XML: ${reason.slice(0, 200)}`)
  }
  const errorHandler = { warning: malformed, error: malformed, fatalError: malformed }
  const root = parse(() => new DOMParser({ errorHandler }).parseFromString(text, 'text/xml').documentElement)
  if (!root) throw new SamlError('no XML document')
  return root
}

export function elementsOf(parent: Element): Element[] {
  return Array.from(parent.childNodes as ArrayLike<Node>).filter((node): node is Element => node.nodeType === 1)
}

/** Whatever a parser throws is about the document. */
function parse(read: () => Element | null): Element | null {
  try {
    return read()
  } catch (cause) {
    throw cause instanceof SamlError ? cause : new SamlError('malformed XML', { cause })
  }
}

/** The children of a name. */
export function childrenOf(parent: Element, namespace: Namespace, name: string): Element[] {
  return elementsOf(parent).filter((element) => isNamed(element, namespace, name))
}

/** The child of a name; undefined where there is none. Throws where there are several. */
export function childOf(parent: Element, namespace: Namespace, name: string): Element | undefined {
  const [child, ...others] = childrenOf(parent, namespace, name)
  if (others.length > 0) throw new SamlError(`several ${name} elements where one may be`)
  return child
}

export function isNamed(element: Element, namespace: Namespace, name: string): boolean {
  return element.namespaceURI === namespaces[namespace] && element.localName === name
}

/** The text of an element without that of its children; a comment within does not cut it. */
export function textOf(element: Element): string {
  const parts = Array.from(element.childNodes as ArrayLike<Node>, (node) =>
    node.nodeType === 3 || node.nodeType === 4 ? (node.nodeValue ?? '') : '',
  )
  return storable(parts.join(''))
}

/** An attribute without a namespace; undefined where it is missing. */
export function attributeOf(element: Element, name: string): string | undefined {
  return element.hasAttribute(name) ? storable(element.getAttribute(name) ?? '') : undefined
}

/** An `xs:dateTime`, which is in UTC where it names no zone; undefined where the attribute is missing. */
export function timeOf(element: Element, name: string): Date | undefined {
  const text = attributeOf(element, name)?.trim()
  if (text === undefined) return undefined
  const [, time, zone = 'Z'] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? []
  const instant = new Date(`${time?.slice(0, 23)}${zone}`)
  if (Number.isNaN(instant.getTime())) throw new SamlError(`${name} is no time`)
  return instant
}

/** What Postgres can store. */
function storable(text: string): string {
  if (text.includes('\0')) throw new SamlError('NUL in a text')
  return text.toWellFormed()
}

/** One pass over the markup, before anything is made of it. The parser lets tags cross that are not its own. */
function assertModest(text: string): void {
  const open: { readonly name: string; readonly namespaces: number }[] = []
  let elements = 0
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    const other = notElements.find(([start]) => text.startsWith(start, at))
    if (!text.startsWith('</', at)) elements += 1
    if (elements > most.elements) throw new SamlError('too much XML')
    if (other) {
      at = after(text, other[1], at + other[0].length)
      continue
    }
    if (text.startsWith('<!', at)) throw new SamlError('a DTD')
    const { end, attributes } = endOfTag(text, at)
    const tag = text.slice(at, end)
    at = end
    const name = /^<\/?([^\s/>]*)/.exec(tag)?.[1] ?? ''
    if (tag.startsWith('</')) {
      if (open.pop()?.name !== name) throw new SamlError('malformed XML: tags that cross')
      continue
    }
    const namespaces = (open.at(-1)?.namespaces ?? 0) + tag.split('xmlns').length - 1
    if (!tag.endsWith('/>')) open.push({ name, namespaces })
    const isTooMuch = open.length > most.depth || namespaces > most.namespaces
    if (isTooMuch || attributes > most.attributes) throw new SamlError('too much XML')
  }
  if (open.length > 0) throw new SamlError('malformed XML: an end is missing')
}

const notElements = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  if (found === -1) throw new SamlError('malformed XML: an end is missing')
  return found + end.length
}

/** Where a tag ends, which may hold `>` between quotes. */
function endOfTag(text: string, from: number): { readonly end: number; readonly attributes: number } {
  let attributes = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '>') return { end: at + 1, attributes }
    if (character !== '"' && character !== "'") continue
    at = after(text, character, at + 1) - 1
    attributes += 1
  }
  throw new SamlError('malformed XML: an end is missing')
}
