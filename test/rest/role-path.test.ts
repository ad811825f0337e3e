import { expect, test } from 'vitest'
import { readRolePath } from '../../src/rest/role-path.ts'

const claims = { role: 'r', app: { roles: ['reader', 'editor', 7], 'a b': { deep: 'd' } } }

test.each([
  ['.role', 'r'],
  ['.app.roles[1]', 'editor'],
  ['.app.roles[9]', undefined],
  ['.app."a b".deep', 'd'],
  ['.role.length', undefined],
  ['.constructor', undefined],
  ['.app.roles[?(@ == "editor")]', 'editor'],
  ['.app.roles[?(@ != "reader")]', 'editor'],
  ['.app.roles[?(@ ^== "ed")]', 'editor'],
  ['.app.roles[?(@ ==^ "der")]', 'reader'],
  ['.app.roles[?(@ *== "dit")]', 'editor'],
  ['.app.roles[?(@ == "none")]', undefined],
  ['.app[?(@ == "reader")]', undefined],
])('%s', (text, role) => {
  expect(readRolePath(text)?.(claims)).toBe(role)
})

test.each(['', 'role', '.', '.role##', '.a;;b', '1234', '.role[?(@ =)]', '.roles[?(@ == "a")][0]', '.roles[x]'])(
  '%s is no path',
  (text) => {
    expect(readRolePath(text)).toBeUndefined()
  },
)
