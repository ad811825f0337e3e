// `/tmp` as a function sees it: a folder of its process alone, which is gone with it. Deno's permissions keep all other files
// shut; this only gives the folder the name that functions know. Paths are taken lexically, as Supabase's runtime does:
// `/tmp/a/../b` is `/tmp/b`, whether or not there is an `a`.

const name = '/tmp'
const folder = { path: '', bundles: '' }

const onePath = [
  ...[
    'chmod',
    'chown',
    'create',
    'lstat',
    'mkdir',
    'open',
    'readDir',
    'readFile',
    'readLink',
    'readTextFile',
    'realPath',
  ],
  ...['remove', 'stat', 'truncate', 'utime', 'watchFs', 'writeFile', 'writeTextFile'],
]
const twoPaths = ['copyFile', 'link', 'rename', 'symlink']
const answersPath = new Set(['readLink', 'realPath', 'makeTempDir', 'makeTempFile'])

/** Has Deno's own functions find `/tmp` in a folder, but for the bundles, which may be below the machine's `/tmp` too. */
export function openTemporaryFiles(path, bundles) {
  Object.assign(folder, { path: Deno.realPathSync(path), bundles })
  for (const each of onePath) replace(each, ([first, ...rest]) => [inFolder(first), ...rest])
  for (const each of twoPaths) replace(each, ([first, second, ...rest]) => [inFolder(first), inFolder(second), ...rest])
  for (const each of ['makeTempDir', 'makeTempFile']) {
    replace(each, ([options]) => [{ ...options, dir: inFolder(options?.dir ?? name) }])
  }
}

function replace(base, translate) {
  const answer = answersPath.has(base) ? inName : (value) => value
  for (const method of [base, `${base}Sync`]) {
    const original = Deno[method]
    if (original === undefined) continue
    Deno[method] = (...values) => {
      const answered = original(...translate(values))
      return typeof answered?.then === 'function' ? answered.then(answer) : answer(answered)
    }
  }
}

/** A path, a URL of one, or anything else, which stays what it is. */
export function inFolder(given) {
  const path = given instanceof URL && given.protocol === 'file:' ? decodeURIComponent(given.pathname) : given
  if (typeof path !== 'string' || !isIn(path, name) || isIn(path, folder.path) || isIn(path, folder.bundles))
    return given
  const plain = withoutDots(path)
  return isIn(plain, name) ? folder.path + plain.slice(name.length) : plain
}

/** What a path of the folder is called. */
export function inName(path) {
  return typeof path === 'string' && isIn(path, folder.path) ? name + path.slice(folder.path.length) : path
}

function isIn(path, parent) {
  return path === parent || path.startsWith(`${parent}/`)
}

function withoutDots(path) {
  const parts = []
  for (const part of path.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
