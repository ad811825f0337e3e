import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // graphql refuses two copies of itself in one process; inlined, every import resolves to one.
    server: { deps: { inline: [/graphql/, /@pothos/] } },
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
