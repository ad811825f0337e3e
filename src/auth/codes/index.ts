export { assertDue } from './assert-due.ts'
export { type CodeBook, createCodeBook, pkcePrefix } from './code-book.ts'
export { allowAnother, issueToken } from './issue-token.ts'
export { clearOneTimeTokens, findOneTimeTokens, type StoredToken } from './one-time-tokens.ts'
