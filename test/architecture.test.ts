import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogue } from '#errors'

/** What each room may import, through its door. The map of docs/architecture.md, which imports point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  bodies: [],
  turns: [],
  disk: [],
  observe: ['errors'],
  config: ['disk', 'errors', 'observe'],
  database: ['config', 'errors', 'observe'],
  auth: ['database', 'bodies', 'turns', 'config', 'errors', 'observe'],
  mail: ['config', 'errors', 'observe'],
  storage: ['database', 'disk', 'turns', 'config', 'errors', 'observe'],
  functions: ['database', 'bodies', 'disk', 'config', 'errors', 'observe'],
  events: ['database', 'turns', 'config', 'errors', 'observe'],
  rest: ['database', 'bodies', 'config', 'errors', 'observe'],
  realtime: ['database', 'bodies', 'config', 'errors', 'observe'],
  gateway: ['database', 'config', 'errors', 'observe'],
  http: ['database', 'bodies', 'config', 'errors', 'observe'],
  app: [
    'http',
    'gateway',
    'rest',
    'realtime',
    'auth',
    'mail',
    'storage',
    'functions',
    'events',
    'database',
    'disk',
    'config',
    'errors',
    'observe',
  ],
  cli: ['app', 'functions', 'database', 'config', 'errors', 'observe'],
}

const root = join(import.meta.dirname, '..', 'src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('template/'))
  .map((file) => ({ file, room: file.split('/')[0] ?? '', text: readFileSync(join(root, file), 'utf8') }))

describe('imports', () => {
  test.each(Object.keys(allowed))('of %s point down', (room) => {
    const wrong = files
      .filter((source) => source.room === room)
      .flatMap(({ file, text }) =>
        [...text.matchAll(/(?:from|import\()\s*'#(\w+)'/g)]
          .filter(([, target = '']) => target !== room && !allowed[room]?.includes(target))
          .map(([, target]) => `${file} imports #${target}`),
      )
    expect(wrong).toEqual([])
  })

  test('never reach into another room', () => {
    const wrong = files.flatMap(({ file, room, text }) =>
      [...text.matchAll(/from '(\.\.?\/[^']*)'/g)]
        .map(([, path = '']) => relative(root, join(root, file, '..', path)))
        .filter((target) => target.includes('/') && target.split('/')[0] !== room && room in allowed)
        .map((target) => `${file} imports ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('every folder of src is a room with its place in the order', () => {
    const rooms = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(rooms.map(({ name }) => name).filter((name) => !(name in allowed))).toEqual([])
  })

  test('a door says what is behind it', () => {
    const silent = Object.keys(allowed).filter((room) => {
      const door = files.find(({ file }) => file === `${room}/index.ts`)
      return !door?.text.startsWith('/**')
    })
    expect(silent).toEqual([])
  })

  test('only config reads variables of the environment', () => {
    const wrong = files
      .filter(({ room, text }) => room !== 'config' && room !== 'cli' && /process\.env(\[|\.(?!PATH\b))/.test(text))
      .map(({ file }) => file)
    expect(wrong).toEqual([])
  })
})

describe('documentation', () => {
  test('explains every error code, and no other', () => {
    const documented = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^### `(\w+)`/gm)].map(([, code]) => code)
    expect(documented.toSorted()).toEqual(Object.keys(catalogue).toSorted())
  })
})
