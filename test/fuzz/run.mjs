// npm run fuzz -- [--frames 100000] [--rounds 2000] [--seed 1]
// sends arbitrary frames to the whole product, then damaged requests to the request pipeline, the dialects and the core
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createViteServer } from 'vitest/node';

/** The limit for the 99.9th percentile of the event loop delay, ms. */
const MAX_DELAY_MS = 250;

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
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
const { fuzz } = await server.ssrLoadModule('/test/fuzz/fuzz.ts');
const began = Date.now();
const { frames, answered, problems, delayP999Ms } = await fuzz(Number(values.frames), Number(values.seed), 60);
const seconds = ((Date.now() - began) / 1000).toFixed(0);
for (const problem of problems.slice(0, 50)) console.log(problem);
console.log(
  `seed ${values.seed}: ${frames} frames in ${seconds} s, ${answered} answers, event loop p99.9 ${delayP999Ms.toFixed(1)} ms, ${problems.length} problems`,
);

const { fuzzBeckn } = await server.ssrLoadModule('/test/fuzz/beckn-fuzz.ts');
const { problems: becknProblems, ...totals } = await fuzzBeckn(Number(values.rounds), Number(values.seed));
for (const problem of becknProblems.slice(0, 50)) console.log(problem);
const { requests, acknowledged, refused, confirmed } = totals;
console.log(
  `${requests} requests, ${acknowledged} acknowledged, ${refused} refused, ${confirmed} orders, ${becknProblems.length} problems`,
);
await server.close();
process.exitCode = problems.length + becknProblems.length > 0 || delayP999Ms > MAX_DELAY_MS ? 1 : 0;
