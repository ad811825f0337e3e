type Attributes = Readonly<Record<string, string | undefined>>

/** An element; attributes that are undefined are left out, and children are XML already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : ` ${key}="${escaped(value)}"`,
  )
  const start = `<${name}${written.join('')}`
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`
}

/** Text as XML has it, between tags and in attributes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A time as `xs:dateTime`. */
export function instant(time: Date): string {
  return time.toISOString()
}
