import type { Letter, RequestLetter } from './letter.ts'

/** What the send-email hook is told of a mail: GoTrue's `email_data` (internal/mailer, EmailData). */
export function emailData(letters: readonly Letter[], siteUrl: string) {
  const [first] = letters
  const requests = letters.filter((letter) => 'token' in letter)
  return first && 'facts' in first
    ? { ...blank, site_url: siteUrl, email_action_type: `${first.kind}_notification`, ...factsOf(first.facts) }
    : { ...blank, site_url: siteUrl, ...tokensOf(requests) }
}

const blank = {
  ...{
    token: '',
    token_hash: '',
    redirect_to: '',
    email_action_type: '',
    site_url: '',
    token_new: '',
    token_hash_new: '',
  },
  ...{ old_email: '', old_phone: '', provider: '', factor_type: '' },
}

/**
 * Of a change of address that is confirmed twice: `token` is what the old address gets and `token_new` the new one, but
 * `token_hash` is the new address's and `token_hash_new` the old one's. GoTrue has it that way round, and code expects it.
 */
function tokensOf(letters: readonly RequestLetter[]) {
  const [first, second] = letters
  if (!first) return {}
  const { redirectTo, token } = first
  return {
    token: second?.token.code ?? token.code,
    token_hash: token.hash,
    redirect_to: redirectTo,
    email_action_type: token.linkType,
    ...(second && { token_new: token.code, token_hash_new: second.token.hash }),
  }
}

function factsOf({ OldEmail = '', OldPhone = '', Provider = '', FactorType = '' }: Readonly<Record<string, string>>) {
  return { old_email: OldEmail, old_phone: OldPhone, provider: Provider, factor_type: FactorType }
}
