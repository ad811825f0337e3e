export { createWebhookDelivery } from './deliver-webhook.ts'
export { createDrain } from './drain.ts'
export { createSpread } from './spread.ts'
