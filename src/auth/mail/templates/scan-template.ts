/** A piece of a template: text as it is, or what stands between `{{` and `}}`. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly source: string }

/** Raised for what is not a template, or uses more of Go's language than mails need. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

/** Cuts a template of Go's into pieces; comments are gone, and so is the space that `{{-` and `-}}` trim. */
export function scanTemplate(source: string): readonly Piece[] {
  const pieces: Piece[] = []
  let at = 0
  let trimNext = false
  const text = (raw: string, trimEnd: boolean) => {
    const started = trimNext ? raw.trimStart() : raw
    const trimmed = trimEnd ? started.trimEnd() : started
    if (trimmed !== '') pieces.push({ kind: 'text', text: trimmed })
  }
  for (const match of source.matchAll(/\{\{(-(?=\s))?((?:"(?:\\.|[^"\\])*"|`[^`]*`|[^"`}]|\}(?!\}))*?)(\s-)?\}\}/g)) {
    text(source.slice(at, match.index), match[1] !== undefined)
    at = match.index + match[0].length
    trimNext = match[3] !== undefined
    const action = (match[2] ?? '').trim()
    if (!/^\/\*[\s\S]*\*\/$/.test(action)) pieces.push({ kind: 'action', source: action })
  }
  const rest = source.slice(at)
  if (rest.includes('{{')) throw new TemplateError('an action is not closed')
  text(rest, false)
  return pieces
}
