import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { StorageError } from '../errors/index.ts'

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

const builder = new XMLBuilder({ ignoreAttributes: false, suppressEmptyNode: false })
const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false })

/** An answer of one element; lists become elements of the same name, undefined is left out. */
export function xml(status: number, name: string, content: object, headers: Record<string, string> = {}): Response {
  const body = builder.build({ [name]: { '@_xmlns': namespace, ...present(content) } })
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`, {
    status,
    headers: { 'content-type': 'application/xml', ...headers },
  })
}

function present(content: object): object {
  return Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined && value !== null))
}

/** A document as records and texts. Throws MalformedXML; a document that brings entities of its own is none. */
export function parseXml(text: string): Record<string, unknown> {
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw new StorageError('MalformedXML')
  try {
    return parser.parse(text, true) as Record<string, unknown>
  } catch (cause) {
    throw new StorageError('MalformedXML', { cause })
  }
}
