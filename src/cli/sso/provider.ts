import { columns } from '../columns.ts'
import { type FlatRecord, isStructured, type StructuredForm, structured } from '../structured.ts'

/** An identity provider as the admin API shows it. */
export interface Provider {
  readonly id: string
  readonly resource_id?: string
  readonly disabled?: boolean | null
  readonly saml?: {
    readonly entity_id?: string
    readonly metadata_xml?: string
    readonly metadata_url?: string
    readonly name_id_format?: string
    readonly attribute_mapping?: { readonly keys?: object }
  }
  readonly domains?: readonly { readonly domain: string }[]
  readonly created_at: string
  readonly updated_at: string
}

export type Output = 'pretty' | StructuredForm

export function domainsOf({ domains = [] }: Provider): readonly string[] {
  return domains.map(({ domain }) => domain)
}

export function print(output: Output, value: object, rows: readonly (readonly string[])[]): void {
  // What is nested stands as JSON in YAML, which is YAML.
  console.log(isStructured(output) ? structured(output, value as FlatRecord) : columns(rows).join('\n'))
}

export function printProvider(provider: Provider, output: Output): void {
  const { id, saml = {}, resource_id, created_at, updated_at } = provider
  const keys = saml.attribute_mapping?.keys
  print(output, provider, [
    ['Identity provider', id],
    ...(resource_id === undefined ? [] : [['Resource', resource_id]]),
    ['Type', 'SAML 2.0'],
    ['State', stateOf(provider)],
    ['Domains', domainsOf(provider).join(', ') || '-'],
    ['Metadata', saml.metadata_url ?? 'from a file'],
    ['Entity ID', saml.entity_id ?? '-'],
    ['NameID format', saml.name_id_format ?? '-'],
    ['Attribute mapping', keys && Object.keys(keys).length > 0 ? JSON.stringify(keys) : '-'],
    ['Created', created_at],
    ['Updated', updated_at],
  ])
}

export function printProviders(items: readonly Provider[], output: Output): void {
  const none = [['There is none. Add one with: portico sso add --metadata-url URL']]
  const rows = items.map((provider) => [
    provider.id,
    stateOf(provider),
    domainsOf(provider).join(', ') || '-',
    provider.saml?.entity_id ?? '-',
    provider.updated_at,
  ])
  print(output, { items }, rows.length === 0 ? none : rows)
}

function stateOf({ disabled }: Provider): string {
  return disabled ? 'disabled' : 'enabled'
}
