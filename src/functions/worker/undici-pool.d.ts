/** Of undici this alone: all of it would be three more megabytes in every idle process. */
declare module 'undici/lib/dispatcher/pool.js' {
  export { Pool as default } from 'undici'
}
