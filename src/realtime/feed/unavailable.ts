/** The database gives no changes, or not to this login. The message is for whoever runs it. */
export class FeedUnavailable extends Error {
  override readonly name = 'FeedUnavailable'

  /** @returns the error itself where trying again may help: the database is away, or all its slots are taken */
  static of(error: unknown): unknown {
    const { code } = error as { readonly code?: string }
    const advice = code === undefined ? undefined : byCode[code]
    return advice === undefined ? error : new FeedUnavailable(advice, { cause: error })
  }
}

/** What Postgres answers, and what is to be done about it. */
const byCode: Readonly<Record<string, string>> = {
  // object_not_in_prerequisite_state
  55000:
    'Changes of tables need logical decoding: set wal_level = logical, and max_replication_slots and max_wal_senders above 0, in the configuration of the database and restart it.',
  // insufficient_privilege
  42501: 'Changes of tables need a login that may replicate: alter role LOGIN replication.',
  // undefined_file
  '58P01':
    'Changes of tables need the output plugin test_decoding, which is part of Postgres (package postgresql-contrib).',
}

/** A transaction that is open for long holds the beginning up; it goes on waiting, and whoever asks again later waits with it. */
export class FeedDelayed extends Error {
  override readonly name = 'FeedDelayed'
}
