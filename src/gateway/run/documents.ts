import { hash } from 'node:crypto'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Documents by their texts. */
export interface Documents {
  get(text: string): DocumentNode | undefined
  set(text: string, document: DocumentNode): void
}

/** Characters of text; a parsed document can weigh two hundred times as much, a refusal a hundred times. */
const maxSize = { documents: 200_000, errors: 20_000 }

/** Texts that were seen once are known by their hashes. */
const maxSeen = 5000

/**
 * Keeps what was parsed before, from its second time on: what comes once is of no use, and pushes nothing out. Bounded by
 * size, not by number: anyone may send anything.
 */
export function createDocuments(): Documents {
  const kept = new LRUCache<string, DocumentNode>({ maxSize: maxSize.documents, sizeCalculation: sizeOf })
  const seen = new LRUCache<string, true>({ max: maxSeen })
  return {
    get: (text) => kept.get(text),
    set(text, document) {
      const name = hash('sha256', text, 'base64')
      if (seen.get(name)) kept.set(text, document)
      else seen.set(name, true)
    },
  }
}

/** Keeps why a text is no document. */
export function createParseErrors(): LRUCache<string, object> {
  return new LRUCache({ maxSize: maxSize.errors, sizeCalculation: sizeOf })
}

function sizeOf(_value: unknown, text: string): number {
  return 100 + text.length
}
