import { describe, expect, test } from 'vitest'
import { compileHtml, TemplateError } from '../../src/auth/mail/templates/index.ts'
import { createAuthFixture, follow, linkTo, must, password } from './auth-fixture.ts'

const values = {
  Email: 'ada@example.com',
  Token: '123456',
  ConfirmationURL: 'https://example.com/?a=1&b=2',
  Data: { lang: 'de', name: '<b>Ada', roles: ['a', 'b'], link: 'javascript:alert(1)' },
}

describe('a template', () => {
  test.each([
    ['{{ .Email }}', 'ada@example.com'],
    ['{{.Data.name}}', '&lt;b&gt;Ada'],
    ['a {{- .Token -}} b', 'a123456b'],
    ['{{/* nothing */}}{{ .Data.none }}', ''],
    ['{{ if .Data.none }}a{{ else if eq .Data.lang "de" }}b{{ else }}c{{ end }}', 'b'],
    ['{{ if and .Token (not .Data.none) }}yes{{ end }}', 'yes'],
    ['{{ range .Data.roles }}[{{ . }} {{ $.Token }}]{{ end }}', '[a 123456][b 123456]'],
    ['{{ with .Data }}{{ .lang }}{{ end }}', 'de'],
    ['{{ .Token | printf "%s-%s" "a" }}', 'a-123456'],
    ['{{ index .Data "lang" }}', 'de'],
    ['{{ .Data.__proto__ }}{{ .Data.constructor }}', ''],
    ['<a href="{{ .ConfirmationURL }}">', '<a href="https://example.com/?a=1&amp;b=2">'],
    ['<a href="{{ .Data.link }}">', '<a href="#ZgotmplZ">'],
  ])('%s', (source, expected) => {
    expect(compileHtml(source)(values)).toBe(expected)
  })

  test.each([
    '{{ .x',
    '{{ if .x }}',
    '{{ end }}',
    '{{ else }}',
    '{{ define "x" }}{{ end }}',
    '{{ $x := 1 }}',
    '{{ no .x }}',
  ])('%s is none', (source) => {
    expect(() => compileHtml(source)).toThrow(TemplateError)
  })
})

test("the project's words are used, with GoTrue's variables", async () => {
  const content = '{{ .SiteURL }}|{{ .Email }}|{{ .Token }}|{{ .TokenHash }}|{{ .RedirectTo }}|{{ .Data.lang }}|'
  await using auth = await createAuthFixture({
    email: {
      enableConfirmations: true,
      template: { confirmation: { subject: 'Hello {{ .Data.lang }}', contentPath: 'x.html', content } },
    },
  })
  await auth.client().auth.signUp({
    email: 'words@example.com',
    password,
    options: { data: { lang: 'de' }, emailRedirectTo: 'https://app.example.com/in' },
  })
  const mail = must(auth.inbox.mails.at(-1))
  expect(mail.subject).toBe('Hello de')
  const [site, email, token, hash, redirectTo, lang] = mail.html.split('|')
  expect([site, email, redirectTo, lang]).toEqual([
    'http://127.0.0.1:3000',
    'words@example.com',
    'https://app.example.com/in',
    'de',
  ])
  const { data } = await auth.client().auth.verifyOtp({ email: must(email), token: must(token), type: 'signup' })
  expect(data.user?.email).toBe(email)
  expect(hash).toMatch(/^[0-9a-f]{56}$/)
})

test('a template that cannot be read is named, and replaced', async () => {
  await using auth = await createAuthFixture({
    email: { enableConfirmations: true, template: { confirmation: { content: '{{ if }}' } } },
  })
  await auth.client().auth.signUp({ email: 'spoilt@example.com', password })
  expect(fragmentType(await follow(auth, linkTo(auth, 'spoilt@example.com')))).toBe('signup')
  expect(auth.observations).toContainEqual(
    expect.objectContaining({ level: 'warn', text: expect.stringContaining('confirmation') }),
  )
})

test('users are told what was changed, where the project wants it', async () => {
  await using auth = await createAuthFixture({
    email: {
      notification: {
        password_changed: { enabled: true, subject: 'Changed, {{ .Email }}' },
        email_changed: { enabled: true },
      },
    },
  })
  const client = auth.client()
  const email = 'told@example.com'
  await client.auth.signUp({ email, password })
  await client.auth.updateUser({ password: 'another password' })
  expect(auth.inbox.mails.at(-1)).toMatchObject({ to: email, subject: `Changed, ${email}` })
  await client.auth.updateUser({ email: 'moved@example.com' })
  await follow(auth, linkTo(auth, 'moved@example.com'))
  expect(auth.inbox.mails.at(-1)).toMatchObject({ to: email, html: expect.stringContaining('moved@example.com') })
})

const fragmentType = (url: URL) => new URLSearchParams(url.hash.slice(1)).get('type')
