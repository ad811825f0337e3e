import type { Letter } from './letter.ts'

export interface Wording {
  readonly subject: string
  readonly content: string
}

/** What mails say where the project has no templates of its own. */
export const wording: Readonly<Record<Letter['kind'], Wording>> = {
  confirmation: {
    subject: 'Confirm your e-mail address',
    content: request('Welcome', 'Confirm this address to finish signing up:', 'Confirm my address'),
  },
  invite: {
    subject: 'You are invited',
    content: request('You are invited', 'Accept the invitation to {{ .SiteURL }}:', 'Accept the invitation'),
  },
  recovery: {
    subject: 'Choose a new password',
    content: request('Forgotten password', 'Go on here to choose a new one:', 'Choose a new password'),
  },
  magic_link: {
    subject: 'Your link to sign in',
    content: request('Sign in', 'This link signs you in, once:', 'Sign in'),
  },
  email_change: {
    subject: 'Confirm your new e-mail address',
    content: request(
      'New e-mail address',
      'Sign in with {{ .NewEmail }} from now on? Confirm it:',
      'Change my address',
    ),
  },
  reauthentication: {
    subject: 'Your confirmation code',
    content: page('Is it you?', '<p>Enter this code to go on: <strong>{{ .Token }}</strong></p>'),
  },
  password_changed: {
    subject: 'Your password was changed',
    content: notice('Your password was changed', 'The password of {{ .Email }} was changed.'),
  },
  email_changed: {
    subject: 'Your e-mail address was changed',
    content: notice('Your address was changed', 'It was {{ .OldEmail }}, and is {{ .Email }} now.'),
  },
  phone_changed: {
    subject: 'Your phone number was changed',
    content: notice('Your number was changed', 'It was {{ .OldPhone }}, and is {{ .Phone }} now.'),
  },
  identity_linked: {
    subject: 'A way of signing in was added',
    content: notice('A way of signing in was added', '{{ .Provider }} now signs in to the account of {{ .Email }}.'),
  },
  identity_unlinked: {
    subject: 'A way of signing in was removed',
    content: notice(
      'A way of signing in was removed',
      '{{ .Provider }} no longer signs in to the account of {{ .Email }}.',
    ),
  },
  mfa_factor_enrolled: {
    subject: 'A second factor was added',
    content: notice(
      'A second factor was added',
      'Signing in to {{ .Email }} may now ask for a factor: {{ .FactorType }}.',
    ),
  },
  mfa_factor_unenrolled: {
    subject: 'A second factor was removed',
    content: notice('A second factor was removed', 'Signing in to {{ .Email }} no longer asks for: {{ .FactorType }}.'),
  },
}

function request(title: string, text: string, label: string): string {
  const code = '<p>Or enter this code: <strong>{{ .Token }}</strong></p>'
  return page(title, `<p>${text}</p>\n<p><a href="{{ .ConfirmationURL }}">${label}</a></p>\n${code}`)
}

function page(title: string, body: string): string {
  return `<h2>${title}</h2>\n${body}\n<p>If you did not ask for this, ignore this mail.</p>\n`
}

function notice(title: string, text: string): string {
  return `<h2>${title}</h2>\n<p>${text}</p>\n<p>If it was not you, tell whoever runs {{ .SiteURL }} at once.</p>\n`
}
