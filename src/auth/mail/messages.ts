import type { Mail } from './mailer.ts'

/** Asks whoever signed up to confirm the address. */
export function confirmationMail(to: string, link: string): Mail {
  return {
    to,
    subject: 'Confirm your e-mail address',
    html: page('Welcome', 'Confirm this address to finish signing up:', anchor(link, 'Confirm my address')),
  }
}

/** Asks at the old or at the new address whether a change is meant. */
export function emailChangeMail(to: string, change: { readonly newEmail: string; readonly link: string }): Mail {
  return {
    to,
    subject: 'Confirm your new e-mail address',
    html: page(
      'New e-mail address',
      `You asked to sign in with ${escapeHtml(change.newEmail)} from now on. Confirm the change:`,
      anchor(change.link, 'Change my address'),
    ),
  }
}

/** Carries the code that a sensitive change needs. */
export function reauthenticationMail(to: string, code: string): Mail {
  return {
    to,
    subject: 'Your confirmation code',
    html: page('Is it you?', 'Enter this code to go on:', `<strong>${escapeHtml(code)}</strong>`),
  }
}

function page(title: string, text: string, action: string): string {
  return `<h2>${title}</h2>\n<p>${text}</p>\n<p>${action}</p>\n<p>If you did not ask for this, ignore this mail.</p>\n`
}

function anchor(link: string, label: string): string {
  return `<a href="${escapeHtml(link)}">${label}</a>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
