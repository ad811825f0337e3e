export { createNetRequests, type NetRequests } from './requests.ts'
