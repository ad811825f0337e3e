export { createWebhookDelivery } from './deliver-webhook.ts'
export { createDrain } from './drain.ts'
export { startRunner } from './runner.ts'
