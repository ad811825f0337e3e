import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { createDocuments } from '../../src/gateway/run/documents.ts'

const text = (name: string) => `query ${name} { __typename } # ${'x'.repeat(900)}`

/** As a request does: looked up or parsed, and kept once it is found to be valid. */
function ask(documents: ReturnType<typeof createDocuments>, name: string, isValid = true) {
  const known = documents.get(text(name))
  const document = known ?? parse(text(name))
  if (!known) documents.set(text(name), document)
  if (isValid) documents.keep(document)
  return document
}

test('what comes twice is parsed once, and stays when others come by', () => {
  const documents = createDocuments()
  const often = ask(documents, 'Often')
  expect(ask(documents, 'Often')).toBe(often)
  for (let n = 0; n < 1000; n++) ask(documents, `Once${n}`)
  for (let n = 0; n < 1000; n++) for (let time = 0; time < 3; time++) ask(documents, `Wrong${n}`, false)
  expect(documents.get(text('Often'))).toBe(often)
  expect(documents.get(text('Once0'))).toBeUndefined()
  expect(documents.get(text('Wrong0'))).toBeUndefined()
})

test('no more is kept than its bound, whatever comes twice', () => {
  const documents = createDocuments()
  const names = Array.from({ length: 1000 }, (_, n) => `Twice${n}`)
  for (const name of names) for (let time = 0; time < 2; time++) ask(documents, name)
  expect(names.filter((name) => documents.get(text(name))).length).toBeLessThan(300)
  expect(documents.get(text('Twice999'))).toBeDefined()
})
