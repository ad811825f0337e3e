export { answersChallenge, type Challenge, readChallenge } from './challenge.ts'
export {
  beginExternalFlow,
  beginFlow,
  beginSsoFlow,
  type FlowMethod,
  issueAuthCode,
  takeVerifier,
} from './flow-state.ts'
export { redeemCode } from './redeem-code.ts'
