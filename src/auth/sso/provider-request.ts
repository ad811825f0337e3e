import { AuthError } from '../auth-error.ts'
import type { JsonObject } from '../json.ts'
import { nameIdFormats } from '../saml/index.ts'

/** What an administrator says of an identity provider; undefined is what was not said. */
export interface SsoProviderRequest {
  readonly type: string
  readonly metadata_url: string
  readonly metadata_xml: string
  readonly domains: readonly string[] | undefined
  readonly attribute_mapping: AttributeMapping | undefined
  /** Empty takes the wanted format away. */
  readonly name_id_format: string | undefined
  /** Empty takes the name away. */
  readonly resource_id: string | undefined
  readonly disabled: boolean | undefined
}

/** Which attributes of an assertion become which claims of a user. */
export interface AttributeMapping {
  readonly keys?: Readonly<Record<string, MappedAttribute>> | undefined
}

/** The first of the names that has a value counts; the default where none has. */
export interface MappedAttribute {
  readonly name?: string | undefined
  readonly names?: readonly string[] | undefined
  readonly default?: unknown
  /** All values of the attribute, not the first. */
  readonly array?: boolean | undefined
}

/** In GoTrue's order and words (internal/api/ssoadmin.go). */
export function assertValid(request: SsoProviderRequest, isNew: boolean): void {
  const { type, metadata_url: url, metadata_xml: xml, name_id_format: format = '' } = request
  if (isNew && type !== 'saml') throw invalid("Only 'saml' supported for SSO provider type")
  if (url !== '' && xml !== '') throw invalid('Only one of metadata_xml or metadata_url needs to be set')
  if (isNew && url === '' && xml === '') throw invalid('Either metadata_xml or metadata_url must be set')
  if (url !== '') {
    if (!URL.canParse(url) || url.includes('\\')) throw invalid('metadata_url is not a valid URL')
    if (new URL(url).protocol !== 'https:') throw invalid('metadata_url is not a HTTPS URL')
  }
  const formats: readonly string[] = Object.values(nameIdFormats)
  if (format !== '' && !formats.includes(format)) {
    throw invalid(`name_id_format must be unspecified or one of ${formats.join(', ')}`)
  }
  for (const domain of request.domains ?? []) {
    if (domain === '' || domain.length > 255) throw invalid('domains must be domain names')
  }
  if ([...(request.resource_id ?? '')].length > 255) throw invalid('resource_id must have at most 255 characters')
}

/** The mapping as it is kept: what says nothing is left out, as Go does. */
export function storedMapping({ keys }: AttributeMapping): JsonObject {
  if (!keys || Object.keys(keys).length === 0) return {}
  const stored = Object.entries(keys).map(([key, attribute]) => [
    key,
    {
      ...(attribute.name && { name: attribute.name }),
      ...(attribute.names && attribute.names.length > 0 && { names: attribute.names }),
      ...(attribute.default !== undefined && attribute.default !== null && { default: attribute.default }),
      ...(attribute.array && { array: true }),
    },
  ])
  return { keys: Object.fromEntries(stored) }
}

export function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
