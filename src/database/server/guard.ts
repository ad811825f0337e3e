import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Identity } from './identity.ts'

/**
 * A script for `sh` that becomes the program given to it, and leaves a guard behind: a process that waits at file
 * descriptor 3, a pipe whose other end only Portico holds. A line means that the program ended and all is well. The end
 * of the file means that Portico died, however; then the guard sends the signal given to it, and after five seconds
 * SIGQUIT.
 *
 * The guard is orphaned on purpose (two brackets): Postgres takes the death of an unknown child for a crash. It works
 * on any Unix; Linux's own way (prctl) is cleared by a change of user.
 */
const script = `
signal=$1
shift
((
  read -r word <&3 && exit
  kill -$signal $$ || exit
  n=0
  while [ $n -lt 50 ]; do
    sleep 0.1
    kill -0 $$ || exit
    n=$((n + 1))
  done
  kill -QUIT $$
) </dev/null >/dev/null 2>&1 &)
exec "$@" 3<&-
`

/**
 * Of what a session has freed, 4 MB stay with it: glibc would give all back at the end of a statement that took more than
 * 128 KB, and a quarter of a large answer's time went into asking for the same pages again. Other C libraries take no notice.
 */
const keptMemory = { MALLOC_TRIM_THRESHOLD_: '4194304', MALLOC_MMAP_THRESHOLD_: '4194304' }

/**
 * Runs one of Postgres' programs such that it never outlives Portico; its messages are on `stderr`.
 *
 * @param signal what ends it in that case: INT is the server's fast shutdown
 */
export function spawnGuarded(
  { prefix, switchTo }: Identity,
  signal: 'INT' | 'KILL',
  program: string,
  words: readonly string[],
): ChildProcess {
  const [file = '', ...rest] = [...prefix, 'sh', '-c', script, 'sh', signal, program, ...words]
  const child = spawn(file, rest, {
    ...switchTo,
    cwd: '/',
    // Nothing of our environment but where programs are (PGOPTIONS and the like are not for it); English messages.
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...keptMemory },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    // A session of its own: Ctrl-C in the terminal is for Portico alone, which stops Postgres last.
    detached: true,
  })
  const guard = child.stdio[3] as Duplex | null | undefined
  guard?.on('error', () => {})
  child.once('exit', () => guard?.end('done\n'))
  return child
}
