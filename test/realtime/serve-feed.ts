/**
 * A reader of changes in a process of its own, to be killed. Says so in one line, and goes on reading.
 *
 *   node serve-feed.ts '{"host": "…", "port": …, "user": "…", "database": "…"}'
 */
import { silent } from '#observe'
import { createChangeFeed } from '../../src/realtime/feed/index.ts'

const feed = createChangeFeed({ login: JSON.parse(process.argv[2] ?? '{}'), observe: silent })
await feed.read({})
process.stdout.write('reading\n')
