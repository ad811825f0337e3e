export { isBanned } from './banned.ts'
export { confirmEmail, replaceEmail } from './confirm-email.ts'
export { confirmPhone, replacePhone } from './confirm-phone.ts'
export {
  type Contact,
  confirmContact,
  findUserByContact,
  isConfirmed,
  isContactTaken,
  readContact,
} from './contact.ts'
export { parseEmailAddress, parsePhoneNumber } from './email-address.ts'
export { forgetPending } from './forget-pending.ts'
export {
  findIdentity,
  insertExternalIdentity,
  insertIdentity,
  isIdentityTaken,
  putIdentity,
  recordProviders,
} from './identities.ts'
export { defaultAudience, insertUser, isEmailTaken, isPhoneTaken } from './insert-user.ts'
export { assertMetadataAllowed, mergeMetadata } from './metadata.ts'
export { type PresentedUser, presentUser } from './present-user.ts'
export {
  factorsOfUser,
  findUserByEmail,
  findUserById,
  findUserByPhone,
  type Identity,
  identitiesOfUser,
  lockUser,
  nilUuid,
  selectUser,
  stillThere,
  type User,
} from './select-user.ts'
export { setPassword } from './set-password.ts'
