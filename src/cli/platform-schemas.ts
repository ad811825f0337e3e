/** Schemas whose rows are the platform's alone. Accounts (`auth`) and files (`storage`) are the project's. */
export const platformSchemas = [
  'extensions',
  'graphql',
  'graphql_public',
  'net',
  'pgbouncer',
  'pgtle',
  'portico',
  'realtime',
].concat([
  'supabase_functions',
  'supabase_migrations',
  'vault',
  '_realtime',
  '_analytics',
  '_supavisor',
  'cron',
  'pgmq_public',
])
