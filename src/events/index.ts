/**
 * What happens because a row changed, time passed or SQL asked: webhooks, cron jobs and the requests of `pg_net`.
 *
 * Words: an event's *key* says what has to stay in order (a row's primary key); a *head* is the first event of its key that is not
 * done; a *lane* is one of eight parts that the keys are spread over. A process *claims* an event before it delivers it, and
 * *settles* what came of it. The log itself is *settled* up to an id below which no event can appear any more.
 *
 * Begin at `events.ts`. `log/` is the ordered table that a cause's transaction writes to; `drain/` delivers from it, in order
 * for each key; `cron/` schedules; `net/` works off `net.http_request_queue`; `outbound/` sends requests to public
 * addresses only. What it promises: docs/events.md. Tests: `test/events`.
 */
export { createEvents, type Events } from './events.ts'
export type { Addresses, CallFunction, EventsOptions, Trigger } from './options.ts'
export { createOwnAddresses } from './outbound/own-addresses.ts'
export { createPublicFetch } from './outbound/public-fetch.ts'
