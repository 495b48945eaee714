// node test/fault/soak.mjs [--cycles 500] [--from 1]     kills the built process and reports what it lost
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createViteServer } from 'vitest/node';

const { values } = parseArgs({
  options: { cycles: { type: 'string', default: '500' }, from: { type: 'string', default: '1' } },
});

// The sources run without a build, as in the tests.
const server = await createViteServer({
  root: fileURLToPath(new URL('../../', import.meta.url)),
  configFile: false,
  server: { middlewareMode: true, watch: null, hmr: false, ws: false },
  appType: 'custom',
  logLevel: 'error',
  optimizeDeps: { noDiscovery: true },
});
const { soak } = await server.ssrLoadModule('/test/fault/soak.ts');
const failed = await soak({ cycles: Number(values.cycles), from: Number(values.from), print: console.log });
await server.close();
process.exitCode = failed > 0 ? 1 : 0;
