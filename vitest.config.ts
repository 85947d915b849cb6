import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Starts nothing until a test file asks for it.
    globalSetup: ['test/servers/s3-global.ts'],
    // Real servers and models: two cores are shared by what the tests start.
    // The AWS SDK is pinned to a version that runs on Node 20.
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
