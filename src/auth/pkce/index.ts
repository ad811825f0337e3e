export { type Challenge, readChallenge } from './challenge.ts'
export { beginFlow, type FlowMethod, issueAuthCode } from './flow-state.ts'
export { redeemCode } from './redeem-code.ts'
