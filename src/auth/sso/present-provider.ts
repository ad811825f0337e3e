import type { SsoProvider } from './providers.ts'

/** A provider as the API shows it, in GoTrue's form; lists leave the metadata out, which is long. */
export function presentSsoProvider(provider: SsoProvider, { withMetadata }: { readonly withMetadata: boolean }) {
  const { id, resource_id, disabled, domains, created_at, updated_at } = provider
  const { entity_id, metadata_xml, metadata_url, attribute_mapping, name_id_format } = provider
  return {
    id,
    ...(resource_id !== null && { resource_id }),
    disabled,
    saml: {
      entity_id,
      ...(withMetadata && { metadata_xml }),
      ...(metadata_url !== null && { metadata_url }),
      attribute_mapping: attribute_mapping ?? {},
      ...(name_id_format !== null && { name_id_format }),
    },
    domains,
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  }
}
