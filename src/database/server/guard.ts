/**
 * A script for `sh` that becomes the program given to it, and leaves a guard behind: a process that waits at file
 * descriptor 3, a pipe whose other end only Portico holds. A line means that the program ended and all is well. The end
 * of the file means that Portico died, however; then the guard stops the program, cleanly (SIGINT is Postgres' fast
 * shutdown), and after five seconds by SIGQUIT.
 *
 * The guard is orphaned on purpose (two brackets): Postgres takes the death of an unknown child for a crash. It works
 * on any Unix; Linux's own way (prctl) is cleared by a change of user.
 */
export const guarded = `
((
  read -r word <&3 && exit
  kill -INT $$ || exit
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
