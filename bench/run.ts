/**
 * `npm run bench -- NAME [options]`: runs one benchmark of this folder; without a name it says which there are.
 *
 * Every speed that the README states comes from here. Runs of what is compared are interleaved, so that a busy moment of
 * the machine meets all of them, and medians are printed. A benchmark with limits ends with status 1 when one is missed.
 */
import { describeMachine } from './support/index.ts'

const benchmarks: Record<
  string,
  { about: string; load: () => Promise<{ run: (args: string[]) => Promise<boolean> }> }
> = {
  start: { about: 'first and later starts against Postgres alone [REPS]', load: () => import('./start.ts') },
  memory: { about: 'memory of the idle process [REPS]', load: () => import('./memory.ts') },
  schema: { about: 'GraphQL schema of 500 tables for all roles [BUILDS]', load: () => import('./schema/index.ts') },
  storage: {
    about: 'downloads, uploads, images and their memory against bare servers [--reps 9] [--uploads 20] [--size 200]',
    load: () => import('./storage.ts'),
  },
  functions: {
    about:
      'cold starts, throughput and limits against bare Deno [--reps 15] [--seconds 2] [--only cold,warm,resources,neighbours]',
    load: () => import('./functions/index.ts'),
  },
  graphql: {
    about:
      'operations against hand-written SQL and PostGraphile [--only Q1,M1,L1] [--against LIMIT,raw,PostGraphile] [--reps 5] [--seconds 0.5] [--connections 16,64] [--data FOLDER]',
    load: () => import('./graphql/index.ts'),
  },
  shapes: {
    about:
      'GraphQL operations that nobody tuned for against hand-written SQL [--only after,orderOne] [--reps 3] [--seconds 0.5] [--connections 16] [--data FOLDER]',
    load: () => import('./shapes/index.ts'),
  },
  changes: {
    about: 'what subscribers to tables cost those who write [ROUNDS] [INSERTS]',
    load: () => import('./changes.ts'),
  },
  auth: {
    about: 'verifying a token, renewing a session, signing in [--reps 5] [--requests 400]',
    load: () => import('./auth/index.ts'),
  },
  rest: {
    about:
      'ten requests of the Data API against hand-written SQL [--only R1,W1] [--reps 5] [--seconds 0.5] [--connections 16,64] [--data FOLDER]',
    load: () => import('./rest/index.ts'),
  },
}

const [name = '', ...args] = process.argv.slice(2)
const benchmark = benchmarks[name]
if (benchmark) {
  console.log(describeMachine())
  const { run } = await benchmark.load()
  if (!(await run(args))) process.exitCode = 1
} else {
  const lines = Object.entries(benchmarks).map(([key, { about }]) => `  npm run bench -- ${key.padEnd(8)} ${about}`)
  console.log(['Benchmarks:', ...lines].join('\n'))
  process.exitCode = name ? 1 : 0
}
