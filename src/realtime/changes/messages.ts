import type { DatabaseMessage, DatabaseMessages } from '../channels/index.ts'
import type { Cells, ChangeFeed, TableName } from '../feed/index.ts'

/** Rows of `realtime.messages` as they commit: what `realtime.send()` and `realtime.broadcast_changes()` say. */
export function createDatabaseMessages(feed: ChangeFeed): DatabaseMessages {
  return {
    listen: (deliver) =>
      feed.read({
        wants: isMessages,
        async take(commits) {
          for (const { record, action } of commits.flatMap(({ rows }) => rows)) {
            const message = action === 'INSERT' ? messageOf(record) : undefined
            if (message) deliver(message)
          }
        },
      }),
  }
}

/** The table itself, or one of its partitions. */
function isMessages({ schema, name }: TableName): boolean {
  return schema === 'realtime' && /^messages(_|$)/.test(name)
}

/** Undefined where something is missing, as upstream tells of no such message. */
function messageOf(row: Cells): DatabaseMessage | undefined {
  const [id, topic, event] = ['id', 'topic', 'event'].map((name) => row.get(name) ?? undefined)
  const binary = row.get('binary_payload')
  const payload = binary ? Buffer.from(binary.slice('\\x'.length), 'hex') : row.get('payload')
  if (id === undefined || topic === undefined || event === undefined || payload === undefined || payload === null) {
    return undefined
  }
  return { id, topic, event, payload, private: row.get('private') === 'true' }
}
