import { readFile } from 'node:fs/promises'
import type { AuthConfig, ProjectPaths } from '../config.ts'
import type { Report } from '../report.ts'
import type { Sections } from '../sections/index.ts'
import { absolute } from './paths.ts'
import { readSigningKeys } from './signing-keys.ts'
import { resolveThirdParty } from './third-party.ts'

type Auth = Sections['auth']

/** `[auth]` with what its files hold and with what follows from `apiUrl`, the URL of the whole backend. */
export async function resolveAuth(
  auth: Auth,
  { project, apiUrl, report }: { project: ProjectPaths; apiUrl: string; report: Report },
): Promise<AuthConfig> {
  const { jwtSecret: _1, anonKey: _2, serviceRoleKey: _3, publishableKey: _4, secretKey: _5, ...settings } = auth
  const signingKeysPath = auth.signingKeysPath && absolute(project.supabase, auth.signingKeysPath)
  const externalUrl = (auth.externalUrl ?? `${apiUrl}/auth/v1`).replace(/\/+$/, '')
  return {
    ...settings,
    externalUrl,
    jwtIssuer: auth.jwtIssuer ?? externalUrl,
    signingKeysPath,
    signingKeys: signingKeysPath === undefined ? [] : await readSigningKeys(signingKeysPath, report),
    thirdParty: resolveThirdParty(auth.thirdParty),
    external: withoutDeprecated(auth.external, report),
    email: auth.enabled ? await resolveEmail(auth.email, project, report) : auth.email,
  }
}

/** Supabase no longer serves these two; their successors are linkedin_oidc and slack_oidc. */
function withoutDeprecated(external: Auth['external'], report: Report): Auth['external'] {
  return Object.fromEntries(
    Object.entries(external).map(([name, provider]) => {
      const isDeprecated = name === 'linkedin' || name === 'slack'
      if (isDeprecated && provider.enabled) {
        report.warn(`auth.external.${name} is deprecated and stays off: use auth.external.${name}_oidc`)
      }
      return [name, isDeprecated ? { ...provider, enabled: false } : provider]
    }),
  )
}

async function resolveEmail(email: Auth['email'], project: ProjectPaths, report: Report): Promise<Auth['email']> {
  const withContent = async <Mail extends { contentPath?: string | undefined; content?: string | undefined }>(
    mails: Readonly<Record<string, Mail>>,
    { kind, folder, wanted }: { kind: string; folder: string; wanted: (mail: Mail) => boolean },
  ): Promise<Record<string, Mail>> => {
    const entries = Object.entries(mails).map(async ([name, mail]) => {
      if (mail.contentPath === undefined) return [name, mail] as const
      const contentPath = absolute(folder, mail.contentPath)
      const at = ['auth', 'email', kind, name, 'content_path']
      const content = wanted(mail) ? await readContent(contentPath, at, report) : undefined
      return [name, { ...mail, contentPath, content }] as const
    })
    return Object.fromEntries(await Promise.all(entries))
  }
  return {
    ...email,
    // The CLI takes the one from the project folder and the other from the supabase folder.
    template: await withContent(email.template, { kind: 'template', folder: project.root, wanted: () => true }),
    notification: await withContent(email.notification, {
      ...{ kind: 'notification', folder: project.supabase, wanted: ({ enabled }) => enabled },
    }),
  }
}

async function readContent(path: string, at: readonly string[], report: Report): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    report.mistakeAt({ path: at, value: path, secret: false, variable: undefined }, 'a file that can be read')
    return undefined
  }
}
