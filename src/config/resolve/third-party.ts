import type { ThirdParty } from '../config.ts'
import type { Sections } from '../sections/index.ts'

type Settings = Sections['auth']['thirdParty']

/**
 * The identity service that `[auth.third_party]` enables, at the address that Supabase's CLI derives from the same keys
 * (apps/cli-go/pkg/config/config.go, `issuerURL`).
 */
export function resolveThirdParty(settings: Settings): ThirdParty | undefined {
  const { firebase, auth0, awsCognito, clerk, workos } = settings
  if (firebase.enabled) return at('firebase', `https://securetoken.google.com/${firebase.projectId}`)
  if (auth0.enabled) {
    const region = auth0.tenantRegion ? `.${auth0.tenantRegion}` : ''
    return at('auth0', `https://${auth0.tenant}${region}.auth0.com`)
  }
  if (awsCognito.enabled) {
    const { userPoolId, userPoolRegion } = awsCognito
    return at('aws_cognito', `https://cognito-idp.${userPoolRegion}.amazonaws.com/${userPoolId}`)
  }
  if (clerk.enabled) return at('clerk', `https://${clerk.domain}`)
  if (workos.enabled) return at('workos', workos.issuerUrl.replace(/\/+$/, ''), ...serviceOf(workos.issuerUrl))
  return undefined
}

/** Some services end their own name in a slash. */
function at(name: ThirdParty['name'], url: string, ...others: readonly string[]): ThirdParty {
  return { name, url, issuers: [...new Set([url, ...others])].flatMap((issuer) => [issuer, `${issuer}/`]) }
}

/** WorkOS' keys are each application's own; its tokens name the application, or the service alone. */
function serviceOf(issuer: string): readonly string[] {
  const url = URL.parse(issuer)
  return url?.pathname.startsWith('/user_management/') ? [url.origin] : []
}
