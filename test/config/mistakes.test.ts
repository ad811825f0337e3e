import { describe, expect, it } from 'vitest'
import { loadConfig } from '#config'
import { failure, load, type Situation } from './load.ts'

/** Where the mistakes are: `file:line: key is value, expected …`. */
const toml = 'PROJECT/supabase/config.toml'

const mistakes: readonly [name: string, situation: Situation, message: string][] = [
  ['TOML that is none', { toml: '[api]\nport = = 1' }, `${toml}:2:8: not TOML: invalid value`],
  ['a section that is no table', { toml: 'api = 3' }, `${toml}:1: api is 3, expected a table`],
  [
    'a number that is none',
    { toml: '[auth]\n\njwt_expiry = "soon"' },
    `${toml}:3: auth.jwt_expiry is "soon", expected a whole number of seconds, at most 604800`,
  ],
  [
    'a number that is too large',
    { toml: '[auth]\njwt_expiry = 604801' },
    `${toml}:2: auth.jwt_expiry is 604801, expected a whole number of seconds, at most 604800`,
  ],
  ['a port', { toml: '[db]\nport = 70000' }, `${toml}:2: db.port is 70000, expected a port between 1 and 65535`],
  ['a boolean', { toml: '[auth]\nenabled = "yes"' }, `${toml}:2: auth.enabled is "yes", expected true or false`],
  ['a list', { toml: '[api]\nschemas = 3' }, `${toml}:2: api.schemas is 3, expected a list of strings`],
  ['an item of a list', { toml: '[api]\nschemas = [[]]' }, `${toml}:2: api.schemas[0] is [], expected a string`],
  [
    'a choice',
    { toml: '[db.pooler]\npool_mode = "statement"' },
    `${toml}:2: db.pooler.pool_mode is "statement", expected one of "transaction", "session"`,
  ],
  [
    'a duration',
    { toml: '[auth.email]\nmax_frequency = "1 minute"' },
    `${toml}:2: auth.email.max_frequency is "1 minute", expected a duration like "30s", "5m" or "1h30m"`,
  ],
  [
    'a negative duration',
    { toml: '[auth.email]\nmax_frequency = "-1s"' },
    `${toml}:2: auth.email.max_frequency is "-1s", expected a duration like "30s", "5m" or "1h30m"`,
  ],
  [
    'a size',
    { toml: '[storage]\nfile_size_limit = "big"' },
    `${toml}:2: storage.file_size_limit is "big", expected a size like "500KB" or "50MiB"`,
  ],
  [
    'a version of Postgres',
    { toml: '[db]\nmajor_version = 12' },
    `${toml}:2: db.major_version is 12, expected a Postgres version: 13, 14, 15, 17 or 18`,
  ],
  [
    'a name of a function',
    { toml: '[functions."../up"]\nenabled = true' },
    `${toml}:1: functions."../up" is "../up", expected a function name: a letter, then letters, digits, hyphens and underscores`,
  ],
  [
    'a site that is no URL',
    { toml: 'auth.site_url = "example.com"' },
    `${toml}:1: auth.site_url is "example.com", expected an absolute URL like "https://example.com"`,
  ],
  [
    'a site that is a script',
    { toml: 'auth.site_url = "javascript:alert(1)"' },
    `${toml}:1: auth.site_url is "javascript:alert(1)", expected an absolute URL like "https://example.com"`,
  ],
  [
    'a dotted key',
    { toml: 'auth.email.otp_length = "six"' },
    `${toml}:1: auth.email.otp_length is "six", expected a whole number`,
  ],
  [
    'a key of an inline table',
    { toml: '[storage.buckets]\n"my photos" = { public = "of course" }' },
    `${toml}:2: storage.buckets."my photos".public is "of course", expected true or false`,
  ],
  [
    'a key under a section that only looks like it, in a text',
    { toml: '[auth.sms]\ntemplate = """\n[api]\nport = 1\n"""\n[api]\nport = 0' },
    `${toml}:7: api.port is 0, expected a port between 1 and 65535`,
  ],
  [
    'a value from a variable',
    { toml: '[api]\nport = "env(PORT)"', env: { PORT: 'http' } },
    `${toml}:2: api.port is "http" (from PORT), expected a port between 1 and 65535`,
  ],
  [
    'an overriding variable',
    { env: { SUPABASE_API_PORT: 'http' } },
    'SUPABASE_API_PORT (for api.port) is "http", expected a port between 1 and 65535',
  ],
  [
    'something that an enabled section needs',
    { toml: '[auth.external.github]\nenabled = true\nclient_id = "abc"' },
    `${toml}:1: auth.external.github.secret is missing, expected the secret that the provider gave this app, since the section is enabled`,
  ],
  [
    'a secret, which is not shown',
    { toml: '[auth.hook.send_email]\nenabled = true\nuri = "https://hook"\nsecrets = "hunter2"' },
    `${toml}:4: auth.hook.send_email.secrets is a value that is not shown, expected "v1,whsec_" and at least 32 characters of base64, several separated by |`,
  ],
  [
    'a hook',
    { toml: '[auth.hook.send_sms]\nenabled = true\nuri = "ftp://hook"' },
    `${toml}:3: auth.hook.send_sms.uri is "ftp://hook", expected a URI that begins with https://, http:// or pg-functions://`,
  ],
  [
    'a hook in Postgres as the template of config.toml shows one',
    { toml: '[auth.hook.send_sms]\nenabled = true\nuri = "pg-functions://<database>/<schema>/<hook_name>"' },
    `${toml}:3: auth.hook.send_sms.uri is "pg-functions://<database>/<schema>/<hook_name>", expected pg-functions://postgres/SCHEMA/FUNCTION, two names of letters, digits and underscores`,
  ],
  [
    'a hook in Postgres with secrets',
    { toml: '[auth.hook.send_sms]\nenabled = true\nuri = "pg-functions://postgres/a/b"\nsecrets = "x"' },
    `${toml}:4: auth.hook.send_sms.secrets is a value that is not shown, expected no secrets, since the hook is a Postgres function`,
  ],
  [
    'a half of a factor',
    { toml: '[auth.mfa.totp]\nenroll_enabled = true' },
    `${toml}:1: auth.mfa.totp.verify_enabled is missing, expected true, since enroll_enabled is`,
  ],
  [
    'passkeys without a site',
    { toml: '[auth.passkey]\nenabled = true' },
    `${toml}: auth.webauthn is missing, expected a table with rp_id and rp_origins, since auth.passkey is enabled`,
  ],
  [
    'single sign-on without a key',
    { toml: '[auth.saml]\nenabled = true' },
    `${toml}:1: auth.saml.private_key is missing, expected base64 of an RSA key in PKCS #1 (DER), since the section is enabled`,
  ],
  [
    'a key that is none',
    { toml: '[auth.saml]\nenabled = true\nprivate_key = "c2VjcmV0"' },
    `${toml}:3: auth.saml.private_key is a value that is not shown, expected base64 of an RSA key in PKCS #1 (DER) of at least 2048 bits, with the exponent 65537`,
  ],
  [
    'two third parties',
    {
      toml: '[auth.third_party.auth0]\nenabled = true\ntenant = "t"\n[auth.third_party.firebase]\nenabled = true\nproject_id = "p"',
    },
    `${toml}:2: auth.third_party.auth0.enabled is true, expected false, since only one third-party provider may be enabled`,
  ],
  [
    'a third party without its name',
    { toml: '[auth.third_party.aws_cognito]\nenabled = true\nuser_pool_id = "p"' },
    `${toml}:1: auth.third_party.aws_cognito.user_pool_region is missing, expected a region like "us-east-1"`,
  ],
  [
    'a third party elsewhere than at its service',
    { toml: '[auth.third_party.auth0]\nenabled = true\ntenant = "evil.test/#"' },
    `${toml}:3: auth.third_party.auth0.tenant is "evil.test/#", expected an Auth0 tenant like "my-tenant"`,
  ],
  [
    'a third party over plain HTTP',
    { toml: '[auth.third_party.workos]\nenabled = true\nissuer_url = "http://sign-in.example.com"' },
    `${toml}:3: auth.third_party.workos.issuer_url is "http://sign-in.example.com", expected an https:// URL without query: the tokens' issuer`,
  ],
  [
    'a mail written in place',
    { toml: '[auth.email.template.invite]\ncontent = "<p>"' },
    `${toml}:2: auth.email.template.invite.content is "<p>", expected content_path, the path of an HTML file, in its place`,
  ],
  [
    'a mail that is not there',
    { toml: '[auth.email.template.invite]\ncontent_path = "./mail.html"' },
    `${toml}:2: auth.email.template.invite.content_path is "PROJECT/mail.html", expected a file that can be read`,
  ],
  [
    'signing keys that are none',
    { toml: '[auth]\nsigning_keys_path = "keys.json"', files: { 'supabase/keys.json': '[{"kty":"oct","k":"abc"}]' } },
    `${toml}:2: auth.signing_keys_path is "PROJECT/supabase/keys.json", expected a readable JSON list of JWKs for RS256, ES256 or EdDSA, one of them private`,
  ],
  [
    'an external URL, without its password',
    { toml: '[api]\nexternal_url = "https://me:secret@api"' },
    `${toml}:2: api.external_url is "https://…@api", expected an http:// or https:// URL without credentials, query or fragment`,
  ],
  [
    'a remote',
    { toml: '[remotes.staging]\nproject_id = "staging"' },
    `${toml}:2: remotes.staging.project_id is "staging", expected the 20 letters of a hosted project, like "abcdefghijklmnopqrst"`,
  ],
  [
    'two remotes of one project',
    {
      toml: '[remotes.a]\nproject_id = "abcdefghijklmnopqrst"\n[remotes.b]\nproject_id = "abcdefghijklmnopqrst"',
    },
    `${toml}:4: remotes.b.project_id is "abcdefghijklmnopqrst", expected a project that no other remote names`,
  ],
  ['a port on the command line', { port: 99999 }, '--port is 99999, expected a port between 0 and 65535'],
  ['a host', { host: 'http://me' }, '--host is "http://me", expected a host name or an IP address'],
  [
    'a database, whose password is not shown',
    { dbUrl: 'mysql://root:hunter2@db' },
    '--db-url: expected a URL like "postgresql://user:password@host:5432/database", with @ / ? # and % of the password as %40 %2F %3F %23 %25',
  ],
  ['two data folders', { data: '/tmp/x', ephemeral: true }, '--data is "/tmp/x", expected no --ephemeral beside it'],
  [
    'roles that no token may name',
    { env: { PORTICO_ROLES: 'anon,supabase_admin' } },
    'PORTICO_ROLES is "anon,supabase_admin", expected role names but postgres, authenticator, supabase_… and pg_…, which no token may name',
  ],
  [
    'a pool of no connections',
    { env: { PORTICO_DB_POOL: '0' } },
    'PORTICO_DB_POOL is "0", expected a number of connections between 1 and 1000',
  ],
  [
    'an operator key that could be guessed, and is not shown',
    { env: { PORTICO_OPERATOR_KEY: 'hunter2' } },
    'PORTICO_OPERATOR_KEY: expected 32 characters or more, as of "openssl rand -base64 32"',
  ],
]

describe('a mistake', () => {
  it.each(mistakes)('is told with its place: %s', async (_, situation, message) => {
    expect(await failure(situation)).toBe(`CONFIG_INVALID ${message}`)
  })

  it('does not hide the next one', async () => {
    const text = '[api]\nport = "http"\nschemas = [[]]\n[auth]\nsite_url = ""\n[auth.mfa.phone]\nenroll_enabled = true'
    expect(await failure({ toml: text, port: -1 })).toBe(
      [
        'CONFIG_INVALID 5 mistakes:',
        '--port is -1, expected a port between 0 and 65535',
        `${toml}:2: api.port is "http", expected a port between 1 and 65535`,
        `${toml}:3: api.schemas[0] is [], expected a string`,
        `${toml}:5: auth.site_url is empty, expected the website's URL, since the section is enabled`,
        `${toml}:6: auth.mfa.phone.verify_enabled is missing, expected true, since enroll_enabled is`,
      ].join('\n  '),
    )
  })

  it('is a project that does not exist', async () => {
    const loading = loadConfig({ project: '/nowhere/at/all', env: {} })
    await expect(loading).rejects.toThrow('--project is "/nowhere/at/all", expected a folder that exists')
  })

  it('in a section that is off is none', async () => {
    const text = '[auth]\nenabled = false\nsite_url = ""\n[auth.mfa.totp]\nenroll_enabled = true'
    expect((await load({ toml: text })).auth.enabled).toBe(false)
  })
})

describe('a warning', () => {
  it.each([
    ['nothing', { toml: '[auth.external.google]\nenabled = false\nsecret = "env(NOT_SET)"' }, []],
    [
      'nothing of what has no counterpart here',
      {
        toml: '[db]\nmajor_version = 15\n[studio]\napi_url = "http://localhost"\n[inbucket]\npop3_port = 54326\n[analytics]\nport = 1',
      },
      [],
    ],
    [
      'unknown keys',
      {
        toml: 'color = "red"\n[auth]\nenable_singup = true\n[auth.email.tempalte.invite]\nsubject = "x"\n[functions.a]\nspeed = 1',
      },
      [
        'unknown keys in config.toml: color (line 1), auth.enable_singup (line 3; did you mean enable_signup?), auth.email.tempalte (line 4; did you mean template?), functions.a.speed (line 7)',
      ],
    ],
    [
      'keys that change nothing yet',
      {
        toml: '[realtime]\nmax_header_length = 8192\n[auth.rate_limit]\nemail_sent = 5\n[auth.sms.vonage]\nenabled = false\nfrom = "me"',
      },
      ['not honoured yet in config.toml: realtime.max_header_length'],
    ],
    [
      'a variable that is not set',
      { toml: '[auth]\nsite_url = "env(SITE_URL)"\nadditional_redirect_urls = ["http://a", "env(OTHER)"]' },
      [
        'environment variable SITE_URL is not set: auth.site_url is left out',
        'environment variable OTHER is not set: auth.additional_redirect_urls[1] is left out',
      ],
    ],
    [
      'a deprecated provider',
      { toml: '[auth.external.linkedin]\nenabled = true' },
      ['auth.external.linkedin is deprecated and stays off: use auth.external.linkedin_oidc'],
    ],
  ] satisfies [string, Situation, string[]][])('names %s', async (_, situation, warnings) => {
    expect((await load(situation)).warnings).toEqual(warnings)
  })
})
