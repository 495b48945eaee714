// Typed rules for mistakes that the compiler lets pass. Which folder may import which is checked by test/architecture.test.ts.
import tseslint from 'typescript-eslint';

/** Files that may ask the machine for the time and for random numbers: all others take the Clock and Random ports. */
const ADAPTERS = ['src/observe/system-clock.ts', 'src/observe/system-random.ts', 'src/sandbox/runtime/scaled-clock.ts'];

const PORTS = 'Take the Clock or Random port from src/ports/runtime.ts.';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'data/', 'coverage/', '.mongo-test/', 'test/mongo/node_modules/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: 'error',
      'no-control-regex': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-console': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ADAPTERS,
    rules: {
      'no-restricted-globals': [
        'error',
        ...['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({ name, message: PORTS })),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: PORTS },
        { object: 'Math', property: 'random', message: PORTS },
        { object: 'crypto', property: 'randomUUID', message: PORTS },
        { object: 'crypto', property: 'randomBytes', message: PORTS },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:crypto', importNames: ['randomUUID', 'randomBytes', 'randomInt'], message: PORTS },
            { name: 'node:timers', message: PORTS },
            { name: 'node:timers/promises', message: PORTS },
          ],
        },
      ],
    },
  },
  {
    // Tests read JSON of unknown shape and stand at the edge of what types can say; the sandbox talks to people.
    files: ['test/**/*.ts', 'src/sandbox/demo/*.ts', 'src/main.ts'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
