/** A look at a running database: the file `inspect/reports/NAME.sql`, whose `$1` are the schemas to leave out where it has one. */
export interface Report {
  readonly name: string
  readonly what: string
  /** What Supabase's CLI has called it, or parts of it, before. */
  readonly formerly?: readonly string[]
}

/** The names, and what each is about, are those of `supabase inspect db`. */
export const reports: readonly Report[] = [
  { name: 'bloat', what: 'space that dead rows and empty pages take, estimated' },
  { name: 'blocking', what: 'statements that wait for a lock, and who holds it' },
  { name: 'calls', what: 'the ten statements that were run most often' },
  { name: 'db-stats', what: 'sizes and hit rates of the caches', formerly: ['cache-hit'] },
  {
    name: 'index-stats',
    what: 'size and use of each index',
    formerly: ['index-sizes', 'index-usage', 'seq-scans', 'total-index-size'],
  },
  { name: 'locks', what: 'statements that hold or want an exclusive lock' },
  { name: 'long-running-queries', what: 'statements that run for more than five minutes' },
  { name: 'outliers', what: 'the ten statements that took most time in sum' },
  { name: 'replication-slots', what: 'who reads the write-ahead log, and how far behind' },
  {
    name: 'role-stats',
    what: 'connections, limits and settings of roles',
    formerly: ['role-configs', 'role-connections'],
  },
  {
    name: 'table-stats',
    what: 'size, rows and scans of each table',
    formerly: ['table-index-sizes', 'table-record-counts', 'table-sizes', 'total-table-sizes'],
  },
  { name: 'traffic-profile', what: 'which tables are read, and which written' },
  { name: 'unused-indexes', what: 'indexes that are hardly read' },
  { name: 'vacuum-stats', what: 'when each table was tidied, and what waits to be' },
]
