import type { Observe } from '#observe'
import type { AuthSettings, MailWording } from '../settings/index.ts'
import { type Letter, linkOf } from './letter.ts'
import type { Mail } from './mailer.ts'
import { compileHtml, compileLine, type Render, TemplateError } from './templates/index.ts'
import { type Wording, wording } from './wording.ts'

/** Puts a letter into words: the project's templates, or our own. */
export type ComposeMail = (letter: Letter) => Mail

type MailSettings = Pick<AuthSettings, 'externalUrl' | 'siteUrl' | 'templates'>

/** Reads all templates once. One that cannot be read is named in a warning, and our own words take its place. */
export function createComposer({ externalUrl, siteUrl, templates }: MailSettings, observe: Observe): ComposeMail {
  const compiled = new Map<string, { readonly subject: Render; readonly content: Render }>()
  for (const [kind, own] of Object.entries(wording)) {
    const given: Partial<MailWording> = templates[kind] ?? {}
    compiled.set(kind, {
      subject: compile(kind, 'subject', given, own, compileLine),
      content: compile(kind, 'content', given, own, compileHtml),
    })
  }

  function compile(
    kind: string,
    part: keyof Wording,
    given: Partial<MailWording>,
    own: Wording,
    read: (source: string) => Render,
  ): Render {
    try {
      return read(given[part] || own[part])
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      const text = `The ${part} of the mail template ${kind} cannot be used: ${error.message}. Portico's own takes its place.`
      observe({ kind: 'message', level: 'warn', text })
      return read(own[part])
    }
  }

  return (letter) => {
    const values = valuesOf(letter, { externalUrl, siteUrl })
    const template = compiled.get(letter.kind)
    if (!template) throw new Error(`there is no template ${letter.kind}`)
    return { to: letter.to, subject: template.subject(values), html: template.content(values) }
  }
}

/** What templates may mention, under GoTrue's names. */
function valuesOf(letter: Letter, { externalUrl, siteUrl }: Pick<MailSettings, 'externalUrl' | 'siteUrl'>) {
  const { user } = letter
  const common = {
    SiteURL: siteUrl,
    Email: user.email ?? '',
    Phone: user.phone ?? '',
    Data: user.raw_user_meta_data ?? {},
  }
  if ('facts' in letter) return { ...common, ...letter.facts }
  return {
    ...common,
    ConfirmationURL: linkOf(externalUrl, letter),
    NewEmail: user.email_change ?? '',
    SendingTo: letter.to,
    Token: letter.token.code,
    TokenHash: letter.token.hash,
    RedirectTo: letter.redirectTo,
  }
}
