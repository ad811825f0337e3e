import { sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { admit, announce, follow } from '../external/index.ts'
import type { Profile } from '../providers/index.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { onceMoreIfTaken } from '../sign-in/index.ts'
import { isIdentityTaken } from '../users/index.ts'
import { type Chain, invalid, refused } from './chain.ts'
import { ethereum } from './ethereum.ts'
import { judgeMessage } from './judge-message.ts'
import { readMessage, type SignInMessage } from './read-message.ts'
import { solana } from './solana.ts'
import { spendMessage } from './spend-message.ts'

export interface Web3SignIn {
  readonly chain: string
  /** What the wallet showed and signed. */
  readonly message: string
  readonly signature: string
}

const provider = 'web3'
const chains: Readonly<Record<string, Chain>> = { ethereum, solana }

/** Signs in whoever holds a wallet's key, by a message that the wallet signed. */
export async function signInWithWeb3(
  ctx: AuthContext,
  request: Web3SignIn,
  client: ClientInfo,
): Promise<SessionResponse> {
  const chain = chooseChain(ctx, request.chain)
  const text = request.message
  const length = Buffer.byteLength(text)
  if (length < 64) throw invalid('message is too short')
  if (length > 20 * 1024) throw invalid('message must not exceed 20KB')
  const signature = chain.readSignature(request.signature)
  const message = readMessage(text, chain)
  const { address, domain } = message
  if (!signature || !(await chain.verify({ domain, address, message: text, signature }))) {
    throw refused('Signature does not match address in message')
  }
  judgeMessage(message, chain, ctx.settings, ctx.clock())

  const profileIn = async (db: AuthDatabase) => profileOf(chain, message, await subjectOf(db, chain, address))
  const newId = await announce(ctx, provider, await profileIn(ctx.db), client)
  const traits = { chain: chain.name, network: message.network, address, domain, uri: message.uri.href }
  const visitor = { provider, newId, emailOptional: true, provesNoAddress: true, traits }
  const attempt = () =>
    sessionTransaction(ctx, async (trx) => {
      await spendMessage(trx, { chain, text, message }, ctx.clock)
      const now = ctx.clock()
      await lockWallet(trx, chain, address)
      const admission = await admit(ctx, trx, { ...visitor, profile: await profileIn(trx) }, client)
      const session = await startSession(trx, admission.user.id, 'web3', client, now)
      return { admission, response: await sessionResponse(ctx, trx, session, now) }
    })
  const { admission, response } = await failingAs('Internal Server Error', onceMoreIfTaken(attempt, isIdentityTaken))
  await follow(ctx, admission, { provider, linked: false }, client)
  return response
}

/** Throws where no wallet may sign in, whatever a request says. */
export function assertWeb3Enabled({ settings: { web3 } }: Pick<AuthContext, 'settings'>): void {
  if (!web3.ethereum && !web3.solana) throw disabled('Web3 provider is disabled')
}

function chooseChain({ settings }: AuthContext, name: string): Chain {
  const enabled = settings.web3
  const chain = Object.hasOwn(chains, name) ? chains[name] : undefined
  if (!chain) throw new AuthError(400, 'web3_unsupported_chain', 'Unsupported chain')
  if (!enabled[chain.name]) throw disabled(`${chain.label} Web3 provider is disabled`)
  return chain
}

/** The identity's own id: as an account of the wallet has it already, however the address was written then. */
async function subjectOf(db: AuthDatabase, chain: Chain, address: string): Promise<string> {
  const idOf = (spelling: string) => `${provider}:${chain.name}:${spelling}`
  const spellings = await chain.spellings(address)
  const known = await db
    .selectFrom('auth.identities')
    .select('provider_id as id')
    .where('provider', '=', provider)
    .where('provider_id', 'in', spellings.map(idOf))
    .execute()
  const found = [address, ...spellings].map(idOf).find((id) => known.some((identity) => identity.id === id))
  return found ?? idOf(spellings[0])
}

/** Until the end of the transaction: of two sign-ins that write the address otherwise, one makes the account. */
async function lockWallet(trx: AuthDatabase, { name }: Chain, address: string): Promise<void> {
  const wallet = `${provider}:${name}:${address.toLowerCase()}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${wallet}, 0))`.execute(trx)
}

function profileOf(chain: Chain, message: SignInMessage, subject: string): Profile {
  const { address, network, domain, statement = chain.name === 'solana' ? '' : null } = message
  const claims = { address, chain: chain.name, network, domain, statement }
  const data = { sub: subject, custom_claims: claims, email_verified: false, phone_verified: false }
  return { subject, email: undefined, emailVerified: false, data }
}

function disabled(message: string): AuthError {
  return new AuthError(422, 'web3_provider_disabled', message)
}
