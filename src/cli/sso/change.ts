import { readFile } from 'node:fs/promises'
import { errorMessage, PorticoError } from '#errors'
import { administeredBackend, askAuth, type TargetOptions } from '../backend.ts'
import { listed } from '../comma-list.ts'
import { domainsOf, type Output, type Provider, printProvider } from './provider.ts'

export interface AddOptions extends TargetOptions {
  readonly output: Output
  readonly type: 'saml'
  readonly metadataFile?: string
  readonly metadataUrl?: string
  readonly attributeMappingFile?: string
  readonly nameIdFormat?: string
  readonly resourceId?: string
  /** By commas; of an update, all there are from then on. */
  readonly domains?: string
}

export interface UpdateOptions extends Omit<AddOptions, 'type'> {
  readonly addDomains?: string
  readonly removeDomains?: string
  readonly enable?: boolean
  readonly disable?: boolean
}

const path = '/admin/sso/providers'

export async function addProvider({ type, ...options }: AddOptions): Promise<void> {
  const backend = administeredBackend(options)
  const domains = options.domains === undefined ? {} : { domains: listed(options.domains) }
  const response = await askAuth(backend, 'POST', path, { type, ...domains, ...(await said(options)) })
  printProvider((await response.json()) as Provider, options.output)
}

export async function updateProvider(id: string, options: UpdateOptions): Promise<void> {
  const backend = administeredBackend(options)
  const at = `${path}/${encodeURIComponent(id)}`
  const known = (await (await askAuth(backend, 'GET', at)).json()) as Provider
  const state = options.disable || options.enable ? { disabled: options.disable === true } : {}
  const change = { ...domainsAfter(known, options), ...state, ...(await said(options)) }
  const response = await askAuth(backend, 'PUT', at, change)
  printProvider((await response.json()) as Provider, options.output)
}

export async function removeProvider(id: string, options: TargetOptions & { output: Output }): Promise<void> {
  const response = await askAuth(administeredBackend(options), 'DELETE', `${path}/${encodeURIComponent(id)}`)
  printProvider((await response.json()) as Provider, options.output)
}

function domainsAfter(known: Provider, { domains, addDomains, removeDomains }: UpdateOptions) {
  if (domains !== undefined) return { domains: listed(domains) }
  if (addDomains === undefined && removeDomains === undefined) return {}
  const removed = listed(removeDomains)
  const kept = domainsOf(known).filter((domain) => !removed.includes(domain))
  return { domains: [...new Set([...kept, ...listed(addDomains)])] }
}

/** What files and options say, under the names of the API. */
async function said(options: Omit<AddOptions, 'type'>): Promise<object> {
  const { metadataFile, metadataUrl, attributeMappingFile, nameIdFormat, resourceId } = options
  return {
    ...(metadataFile !== undefined && { metadata_xml: await readText(metadataFile) }),
    ...(metadataUrl !== undefined && { metadata_url: metadataUrl }),
    ...(attributeMappingFile !== undefined && { attribute_mapping: await readMapping(attributeMappingFile) }),
    ...(nameIdFormat !== undefined && { name_id_format: nameIdFormat }),
    ...(resourceId !== undefined && { resource_id: resourceId }),
  }
}

async function readText(file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    throw unreadable(file, error instanceof TypeError ? 'it is not UTF-8' : errorMessage(error))
  }
}

async function readMapping(file: string): Promise<unknown> {
  const text = await readText(file)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable(file, errorMessage(error))
  }
}

function unreadable(file: string, why: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message: `${file} cannot be read: ${why}.` })
}
