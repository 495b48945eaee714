// npm run fuzz -- [--frames 100000] [--rounds 2000] [--seed 1]     any kind of frame against the whole product, then
// transactions of spoiled requests against the request pipeline, the dialects and the core
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createViteServer } from 'vitest/node';

/** Milliseconds that the event loop may be held, in one of a thousand cases. */
const LONGEST_MS = 250;

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});

// The sources run as they are, the way the tests run them.
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
const { frames, answered, complaints, delayP999Ms } = await fuzz(Number(values.frames), Number(values.seed), 60);
const seconds = ((Date.now() - began) / 1000).toFixed(0);
for (const complaint of complaints.slice(0, 50)) console.log(complaint);
console.log(
  `seed ${values.seed}: ${frames} frames in ${seconds} s, ${answered} answers, event loop p99.9 ${delayP999Ms.toFixed(1)} ms, ${complaints.length} complaints`,
);

const { fuzzBeckn } = await server.ssrLoadModule('/test/fuzz/beckn-fuzz.ts');
const { complaints: others, ...sum } = await fuzzBeckn(Number(values.rounds), Number(values.seed));
for (const complaint of others.slice(0, 50)) console.log(complaint);
const { requests, acknowledged, refused, confirmed } = sum;
console.log(
  `${requests} requests, ${acknowledged} acknowledged, ${refused} refused, ${confirmed} orders, ${others.length} complaints`,
);
await server.close();
process.exitCode = complaints.length + others.length > 0 || delayP999Ms > LONGEST_MS ? 1 : 0;
