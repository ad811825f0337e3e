const ada = '22222222-2222-2222-2222-222222222222'

/** What is true of a database after the project in `wild`: what, asked by whom, how, and the answer. */
export const wildFacts: [what: string, role: string, statements: string[], answer: unknown][] = [
  ['a trigger made the profiles', 'anon', ['select full_name from profiles'], [['Bob']]],
  ['a role of its own', 'authenticator', ['set local role wild_moderator', 'select 1'], [[1]]],
  [
    'who uploads needs a policy',
    'anon',
    ["insert into storage.objects (bucket_id, name) values ('covers', 'a.png')"],
    '42501',
  ],
  [
    'and has one',
    'authenticated',
    [
      `set local request.jwt.claims = '{"sub": "${ada}"}'`,
      `insert into storage.objects (bucket_id, name, owner_id) values ('covers', '${ada}/a.png', '${ada}') returning path_tokens`,
    ],
    [[[ada, 'a.png']]],
  ],
  [
    'the dump belongs to postgres',
    'postgres',
    ["select tableowner::text from pg_tables where tablename = 'orders'"],
    [['postgres']],
  ],
  [
    'an order calls the webhook, and tells the channel',
    'postgres',
    [
      'alter table public.orders disable row level security',
      `insert into public.orders (owner, status) values ('${ada}', 'refunded')`,
      'select (select url from portico.events), (select count(*)::int from realtime.messages), (select count(*)::int from orders)',
    ],
    [['http://host.docker.internal:54321/functions/v1/paid', 1, 1]],
  ],
  [
    'jobs',
    'postgres',
    ["select jobname, username from cron.job where jobname <> 'from-a-block' order by jobid"],
    [
      ['nightly-vacuum', 'postgres'],
      ['invoke-function-every-minute', 'postgres'],
    ],
  ],
  [
    'a queue, filled by the seed',
    'postgres',
    ["select message from pgmq.read('emails', 1, 1)"],
    [[{ to: 'ada@example.com' }]],
  ],
  [
    'secrets',
    'postgres',
    ["select decrypted_secret from vault.decrypted_secrets where name = 'anon_key'"],
    [['the key']],
  ],
  [
    'a hook for auth',
    'supabase_auth_admin',
    [`select public.custom_access_token_hook('{"user_id": "${ada}", "claims": {}}')`],
    [[{ user_id: ada, claims: { user_role: null } }]],
  ],
  ['it is not for others', 'authenticated', ["select public.custom_access_token_hook('{}')"], '42501'],
  [
    'what is realtime',
    'postgres',
    ["select tablename::text from pg_publication_tables where pubname = 'supabase_realtime'"],
    [['profiles']],
  ],
  [
    'copied rows',
    'service_role',
    ['select title, body from articles order by id'],
    [
      ['First', 'Body with a tab\tin it; and more'],
      ['Zweiter Artikel', 'Größe'],
    ],
  ],
  ['a body in SQL', 'anon', ['select describe(1)'], [['some; many']]],
  [
    'a trigger of an extension',
    'service_role',
    [
      "update articles set body = 'x', updated_at = '2000-01-01' where title = 'First' returning updated_at > '2020-01-01'",
    ],
    [[true]],
  ],
  ['a check by a schema', 'service_role', ["insert into articles (title, meta) values ('a', '[]')"], '23514'],
  [
    'a password',
    'postgres',
    [
      "select encrypted_password = crypt('password123', encrypted_password) from auth.users where email = 'seed@example.com'",
    ],
    [[true]],
  ],
  ['what is private', 'authenticated', ['select from private.keys'], '42501'],
  [
    'indexes that were made concurrently are valid',
    'postgres',
    ["select indisvalid from pg_index where indexrelid = 'public.orders_updated_idx'::regclass"],
    [[true]],
  ],
]

/** What is true only where a stand-in is an extension to Postgres too. */
export const embeddedFacts: typeof wildFacts = [
  [
    'a block that asks for an extension',
    'postgres',
    ["select count(*)::int from cron.job where jobname = 'from-a-block'"],
    [[1]],
  ],
]

/** What only a superuser can set up. */
export const superuserFacts: typeof wildFacts = [
  [
    'an event trigger',
    'postgres',
    ["select relrowsecurity from pg_class where oid = 'public.guarded'::regclass"],
    [[true]],
  ],
]
