export type { Cells, Commit, RowChange, TableName } from './change.ts'
export { type ChangeFeed, createChangeFeed, type FeedOptions } from './feed.ts'
export { FeedDelayed, FeedUnavailable } from './unavailable.ts'
export { type ChangeSource, createChangeSource } from './watch.ts'
