export { createWebhookDelivery } from './deliver-webhook.ts'
export { createDrain, type Drain } from './drain.ts'
export { type Runner, startRunner } from './runner.ts'
