import type { Limits } from '../limits.ts'
import type { JoinRequest } from './join-request.ts'

/** Bytes of a join: some of it is kept as long as the channel is. */
export const largestJoin = 64 * 1024

/** Why a join is refused to whomever; undefined where it is not. */
export function refusalOf(
  name: string,
  size: number,
  { isPrivate, presence }: JoinRequest,
  {
    limits: { nameBytes },
    privateOnly = false,
  }: { readonly limits: Limits; readonly privateOnly?: boolean | undefined },
): string | undefined {
  if (name === '') return 'TopicNameRequired: You must provide a topic name'
  if (size > largestJoin) return 'InvalidJoinPayload: The join is too large'
  if (Buffer.byteLength(name) > nameBytes) return 'TopicNameTooLong: The topic name is too long'
  if (Buffer.byteLength(presence.key) > nameBytes) return 'InvalidJoinPayload: The presence key is too long'
  if (privateOnly && !isPrivate) return 'PrivateOnly: This project only allows private channels'
  return undefined
}
