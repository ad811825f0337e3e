import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // graphql refuses two copies of itself in one process; inlined, every import resolves to one.
    // A project's schema files are loaded by Node itself, as they are outside of tests.
    server: { deps: { inline: [/graphql/, /@pothos/], external: [/\/schema\/[^/]+\.ts\?v=/] } },
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
