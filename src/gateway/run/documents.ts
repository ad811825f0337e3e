import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Documents by their texts. */
export type Documents = LRUCache<string, DocumentNode>

/** Characters of text; a parsed document can weigh two hundred times as much, a refusal a hundred times. */
const maxSize = { documents: 200_000, errors: 20_000 }

/** Keeps what was parsed before. Bounded by size, not by number: anyone may send anything. */
export function createDocuments(): Documents {
  return new LRUCache<string, DocumentNode>({ maxSize: maxSize.documents, sizeCalculation: sizeOf })
}

/** Keeps why a text is no document. */
export function createParseErrors(): LRUCache<string, object> {
  return new LRUCache({ maxSize: maxSize.errors, sizeCalculation: sizeOf })
}

function sizeOf(_value: unknown, text: string): number {
  return 100 + text.length
}
