import { expect, test } from 'vitest'
import { PreparedStatements } from '../../src/database/wire/prepared-statements.ts'

test('what is prepared is known until it is closed, however long it is and however many roles ask for it', () => {
  const statements = new PreparedStatements()
  const open = new Set<string>()
  const known = new Map<string, string>()
  const take = (role: string, text: string) => {
    for (const name of statements.evicted()) open.delete(name)
    const { name, known: isKnown } = statements.take(role, text)
    if (isKnown) expect([open.has(name), known.get(name)]).toEqual([true, `${role} ${text}`])
    else if (name !== '') {
      open.add(name)
      known.set(name, `${role} ${text}`)
    }
    return name
  }
  const long = 'x'.repeat(20_000)
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 40; n++) take(`role ${n}`, long)
    for (let n = 0; n < 300; n++) take('anon', `select ${n}`)
  }
  for (const name of statements.evicted()) open.delete(name)
  expect(open.size).toBeLessThanOrEqual(256)
  for (const _time of [1, 2]) expect(take('anon', `${long}x`)).toBe('')
})

test('what comes once is not prepared, and pushes nothing out', () => {
  const statements = new PreparedStatements()
  const anonymous = { name: '', known: false }
  expect(statements.take('anon', 'select 1')).toEqual(anonymous)
  const prepared = statements.take('anon', 'select 1')
  expect(prepared).toEqual({ name: expect.stringMatching(/./), known: false })
  for (let n = 0; n < 5000; n++) expect(statements.take('anon', `select ${n} as once`)).toEqual(anonymous)
  expect(statements.evicted()).toEqual([])
  expect(statements.take('anon', 'select 1')).toEqual({ ...prepared, known: true })
  // Its text is known: another role's is prepared at once.
  expect(statements.take('authenticated', 'select 1').name).not.toBe('')
})
