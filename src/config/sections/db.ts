import { z } from 'zod'
import {
  choice,
  count,
  duration,
  flag,
  named,
  optionalCount,
  optionalTable,
  optionalText,
  port,
  secret,
  secretEntry,
  table,
  textList,
} from './values.ts'

const versions = [13, 14, 15, 17, 18]

/** `[db.settings]`: parameters of the Postgres server. */
const settings = table({
  effectiveCacheSize: optionalText(),
  logicalDecodingWorkMem: optionalText(),
  maintenanceWorkMem: optionalText(),
  maxConnections: optionalCount(),
  maxLocksPerTransaction: optionalCount(),
  maxParallelMaintenanceWorkers: optionalCount(),
  maxParallelWorkers: optionalCount(),
  maxParallelWorkersPerGather: optionalCount(),
  maxReplicationSlots: optionalCount(),
  maxSlotWalKeepSize: optionalText(),
  maxStandbyArchiveDelay: optionalText(),
  maxStandbyStreamingDelay: optionalText(),
  maxWalSize: optionalText(),
  maxWalSenders: optionalCount(),
  maxWorkerProcesses: optionalCount(),
  sessionReplicationRole: choice(['origin', 'replica', 'local'], 'origin').unwrap().optional(),
  sharedBuffers: optionalText(),
  statementTimeout: optionalText(),
  trackActivityQuerySize: optionalText(),
  trackCommitTimestamp: flag(false).unwrap().optional(),
  walKeepSize: optionalText(),
  walSenderTimeout: optionalText(),
  workMem: optionalText(),
})

/** `[db]`: Postgres and the project's SQL. */
export const db = table({
  port: port(54322).describe('Port of Postgres for your own tools.'),
  shadowPort: port(54320).describe("Port of the CLI's shadow database; unused here."),
  healthTimeout: duration('2m').describe('How long Postgres may take to start.'),
  majorVersion: z
    .number({ error: 'a Postgres version: 13, 14, 15, 17 or 18' })
    .refine((version) => versions.includes(version), { error: 'a Postgres version: 13, 14, 15, 17 or 18' })
    .default(17)
    .describe("The hosted database's version. The embedded one is always 18."),
  rootKey: secret().describe('Encrypts the vault of the embedded database, in place of a random key.'),
  pooler: table({
    enabled: flag(false),
    port: port(54329),
    poolMode: choice(['transaction', 'session'], 'transaction'),
    defaultPoolSize: count(20).describe('Server connections per user and database.'),
    maxClientConn: count(100),
  }),
  migrations: table({
    enabled: flag(true).describe('Apply supabase/migrations at start.'),
    schemaPaths: textList().describe('Declarative schema files, as glob patterns.'),
  }),
  seed: table({
    enabled: flag(true).describe('Load the seed into a fresh database.'),
    sqlPaths: textList(['./seed.sql']).describe('Seed files in order, as glob patterns.'),
  }),
  settings,
  networkRestrictions: table({
    enabled: flag(false),
    allowedCidrs: textList(['0.0.0.0/0']),
    allowedCidrsV6: textList(['::/0']),
  }),
  sslEnforcement: optionalTable({ enabled: flag(false).describe('Refuse connections without TLS.') }),
  vault: named(secretEntry()).describe('Secrets put into the vault.'),
})
