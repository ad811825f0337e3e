export type { Challenge, Contender } from './challenge.ts'
export type { LoadRequest } from './load.ts'
export { measureInTurn, startLoader } from './measure.ts'
export { chosen, runChallenges, words } from './run-challenges.ts'
