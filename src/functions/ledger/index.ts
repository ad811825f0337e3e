export { createLedger, type Invocation, type Ledger } from './ledger.ts'
