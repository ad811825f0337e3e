import { evaluate, type Scope } from './evaluate.ts'
import { isTrue, written } from './functions.ts'
import { parseTemplate, type TemplateNode } from './parse-template.ts'

/** A template that was read, ready to be filled with values. */
export type Render = (values: Readonly<Record<string, unknown>>) => string

/**
 * Reads a template of Go's html/template. Values are escaped, so that what users write into their metadata is text in
 * a mail and never markup; in an attribute that holds an address, only web and mail addresses are let through.
 *
 * @throws TemplateError
 */
export function compileHtml(source: string): Render {
  const nodes = parseTemplate(source)
  return (values) => fill(nodes, { root: values, dot: values }, escapeForPlace)
}

/** Reads a template whose result is plain text. */
export function compileText(source: string): Render {
  const nodes = parseTemplate(source)
  return (values) => fill(nodes, { root: values, dot: values }, (text) => text)
}

/** Reads a template whose result is plain text on one line: a subject. */
export function compileLine(source: string): Render {
  const render = compileText(source)
  return (values) => render(values).replace(/\s+/g, ' ').trim()
}

/** Makes a value harmless for the text that stands before it. */
type MakeSafe = (value: string, before: string) => string

function fill(nodes: readonly TemplateNode[], scope: Scope, makeSafe: MakeSafe, before = ''): string {
  return nodes.reduce((done, node) => done + fillOne(node, scope, makeSafe, before + done), '')
}

function fillOne(node: TemplateNode, scope: Scope, makeSafe: MakeSafe, before: string): string {
  if (node.kind === 'text') return node.text
  const value = evaluate(node.value, scope)
  if (node.kind === 'output') return makeSafe(written(value), before)
  if (!isTrue(value)) return fill(node.otherwise, scope, makeSafe, before)
  if (node.kind === 'if') return fill(node.body, scope, makeSafe, before)
  const items = node.kind === 'range' && typeof value === 'object' && value !== null ? Object.values(value) : [value]
  return items.reduce<string>((done, dot) => done + fill(node.body, { ...scope, dot }, makeSafe, before + done), '')
}

/** As Go's html/template writes them: people's tests look for links in mails so. */
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escapeForPlace(value: string, before: string): string {
  const inAddress = /(?:href|src|action)\s*=\s*["']?$/i.test(before.slice(-20))
  const scheme = /^\s*([^/?#:]*):/.exec(value)?.[1]?.toLowerCase()
  if (inAddress && scheme !== undefined && !['http', 'https', 'mailto'].includes(scheme)) return '#ZgotmplZ'
  return value.replace(/[&<>"'+]/g, (character) => entities[character] ?? `&#${character.charCodeAt(0)};`)
}
