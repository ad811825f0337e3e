import { defineConfig } from 'vitest/config'

const report = process.env.PORTICO_TEST_REPORT

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // graphql refuses two copies of itself in one process; inlined, every import resolves to one.
    // A project's schema files are loaded by Node itself, as they are outside of tests.
    server: { deps: { inline: [/graphql/, /@pothos/], external: [/\/schema\/[^/]+\.ts\?v=/] } },
    // What is waited for comes when it comes, on a slow and busy machine many times later. These only end what never would.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    // `.ci/run` asks for a report beside what a person sees, and gives a test that failed one more try, which is printed: one
    // that passes then has a fault of its own, and does not hold up everybody's work.
    ...(report && { reporters: ['default', 'json'], outputFile: { json: report }, retry: 1 }),
  },
})
