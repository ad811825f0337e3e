import { hash } from 'node:crypto'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** Parsed documents by their texts. */
export interface Documents {
  get(text: string): DocumentNode | undefined
  /** Keeps what was parsed just now for a short time, whatever it is. */
  set(text: string, document: DocumentNode): void
  /** Says that a document can run: when that is said a second time, it is kept for long. */
  keep(document: DocumentNode): void
}

/** Characters of text; a parsed document can weigh two hundred times as much, a refusal a hundred times. */
const maxSize = { kept: 200_000, fresh: 50_000, errors: 20_000 }

/** Texts that were seen once are known by their hashes. */
const maxSeen = 5000

/**
 * Keeps what was parsed before. Bounded by size, not by number: anyone may send anything. What comes once, or cannot run,
 * pushes nothing out that came twice.
 */
export function createDocuments(): Documents {
  const kept = new LRUCache<string, DocumentNode>({ maxSize: maxSize.kept, sizeCalculation: sizeOf })
  const fresh = new LRUCache<string, DocumentNode>({ maxSize: maxSize.fresh, sizeCalculation: sizeOf })
  const lasting = new WeakSet<DocumentNode>()
  const seen = new LRUCache<string, true>({ max: maxSeen })
  return {
    get: (text) => kept.get(text) ?? fresh.get(text),
    set: (text, document) => void fresh.set(text, document),
    keep(document) {
      const text = document.loc?.source.body
      if (text === undefined || lasting.has(document)) return
      const name = hash('sha256', text, 'base64')
      if (!seen.get(name)) return void seen.set(name, true)
      kept.set(text, document)
      lasting.add(document)
    },
  }
}

/** Keeps the errors of texts that are no documents. */
export function createParseErrors(): LRUCache<string, object> {
  return new LRUCache({ maxSize: maxSize.errors, sizeCalculation: sizeOf })
}

function sizeOf(_value: unknown, text: string): number {
  return 100 + text.length
}
