export { createRest, type Rest, type RestOptions } from './rest.ts'
