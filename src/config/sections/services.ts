import { z } from 'zod'
import { choice, flag, optionalPort, optionalText, port, secret, table, text } from './values.ts'

/** `[studio]`: Supabase's dashboard, which is not part of Portico. */
export const studio = table({
  enabled: flag(true),
  port: port(54323),
  apiUrl: text('http://127.0.0.1'),
  openaiApiKey: secret(),
})

/** `[local_smtp]`, before June 2026 `[inbucket]`: the development inbox that catches every mail. */
export const inbucket = table({
  enabled: flag(true).describe('Keep mails in the development inbox.'),
  port: port(54324).describe("Port of the inbox's page."),
  smtpPort: optionalPort(),
  pop3Port: optionalPort(),
  adminEmail: text('admin@email.com').describe('Sender of mails.'),
  senderName: text('Admin'),
})

/** `[analytics]`: Supabase's log service, which is not part of Portico. */
export const analytics = table({
  enabled: flag(true),
  port: port(54327),
  backend: choice(['postgres', 'bigquery'], 'postgres'),
  gcpProjectId: optionalText(),
  gcpProjectNumber: optionalText(),
  gcpJwtPath: optionalText(),
  vectorPort: optionalPort(),
})

/** `[experimental]` */
export const experimental = table({
  orioledbVersion: optionalText(),
  s3Host: optionalText(),
  s3Region: optionalText(),
  s3AccessKey: secret(),
  s3SecretKey: secret(),
  webhooks: table({ enabled: flag(true) }),
  pgdelta: table({
    enabled: flag(true),
    declarativeSchemaPath: optionalText(),
    formatOptions: optionalText(),
  }),
  inspect: table({
    rules: z
      .array(table({ query: text(''), name: text(''), pass: text(''), fail: text('') }), { error: 'a list of tables' })
      .default([]),
  }),
})
