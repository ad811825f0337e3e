import { PorticoError } from '#errors'
import { administeredBackend, askAuth, type TargetOptions } from '../backend.ts'
import { type Output, type Provider, print, printProvider, printProviders } from './provider.ts'

export interface ListOptions extends TargetOptions {
  readonly output: Output
}

export interface ShowOptions extends ListOptions {
  /** The metadata and nothing else. */
  readonly metadata?: boolean
}

export async function listProviders({ output, ...target }: ListOptions): Promise<void> {
  const response = await askAuth(administeredBackend(target), 'GET', '/admin/sso/providers')
  const { items } = (await response.json()) as { items: readonly Provider[] }
  printProviders(items, output)
}

export async function showProvider(id: string, { output, metadata, ...target }: ShowOptions): Promise<void> {
  const path = `/admin/sso/providers/${encodeURIComponent(id)}`
  const provider = (await (await askAuth(administeredBackend(target), 'GET', path)).json()) as Provider
  if (metadata) console.log(provider.saml?.metadata_xml ?? '')
  else printProvider(provider, output)
}

/** What an organisation's administrator enters at the identity provider, as the backend's own metadata says it. */
export async function showInfo({ output, ...target }: ListOptions): Promise<void> {
  const backend = administeredBackend(target)
  const xml = await (await askAuth(backend, 'GET', '/sso/saml/metadata')).text()
  const { XMLParser } = await import('fast-xml-parser')
  const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', removeNSPrefix: true })
  const { entityID, SPSSODescriptor } = (parser.parse(xml) as ServiceMetadata).EntityDescriptor ?? {}
  const [service] = [SPSSODescriptor?.AssertionConsumerService].flat()
  if (entityID === undefined || service === undefined) {
    throw new PorticoError('BAD_GATEWAY', { message: `${backend.url} has no metadata for identity providers.` })
  }
  const info = { acs_url: service.Location, entity_id: entityID, relay_state: new URL(entityID).origin }
  print(output, info, [
    ['Single sign-on URL (ACS)', info.acs_url],
    ['Entity ID (audience)', info.entity_id],
    ['Relay state', info.relay_state],
  ])
}

interface ServiceMetadata {
  readonly EntityDescriptor?: {
    readonly entityID?: string
    readonly SPSSODescriptor?: { readonly AssertionConsumerService?: Service | readonly Service[] }
  }
}

interface Service {
  readonly Location: string
}
