/** Fast unit tests only: real engines are exercised by `make test`, outside jest. */
module.exports = {
  testEnvironment: "node",
  testEnvironmentOptions: { globalsCleanup: "off" },
  roots: ["<rootDir>/tests/unit"],
  maxWorkers: 2,
  // These come as ES modules only, and jest loads CommonJS.
  transformIgnorePatterns: ["/node_modules/(?!(openid-client|oauth4webapi|jose|marked)/)"],
  transform: {
    "^.+\\.[tj]s$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" } },
        module: { type: "commonjs" },
      },
    ],
  },
};
