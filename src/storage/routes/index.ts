export type { Workings } from './environment.ts'
export { routes } from './routes.ts'
