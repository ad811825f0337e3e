import { afterAll, beforeAll } from 'vitest'

/** What ends, in one of the ways in which things of the tests do. */
type Ending = Partial<AsyncDisposable> & { close?(): unknown; drop?(): unknown }

/**
 * Something for all tests of a file, or of a `describe`: made before the first one, and ended behind the last one and
 * whatever was made after it.
 *
 * @example
 * const auth = useFixture(() => createAuthFixture())
 */
export function useFixture<T extends Ending>(make: () => Promise<T>): T {
  let made: T | undefined
  beforeAll(async () => {
    made = await make()
  })
  afterAll(async () => {
    await (made?.[Symbol.asyncDispose] ?? made?.close ?? made?.drop)?.call(made)
  })
  return new Proxy({} as T, {
    get(_, name) {
      if (!made) throw new Error('it is there for tests and hooks, and not before them')
      const value = Reflect.get(made, name, made)
      return typeof value === 'function' ? value.bind(made) : value
    },
  })
}
