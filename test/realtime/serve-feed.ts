/**
 * A reader of changes in a process of its own, to be killed. Says so in one line, and goes on reading.
 *
 *   node serve-feed.ts '{"host": "…", "port": …, "user": "…", "database": "…"}'
 */
import { silent } from '#observe'
import { createChangeFeed } from '../../src/realtime/feed/index.ts'

const login = JSON.parse(process.argv[2] ?? '{}')
const feed = createChangeFeed({ login, plainLogin: login, observe: silent })
await feed.read({})
process.stdout.write('reading\n')
