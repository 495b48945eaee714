import fc from 'fast-check';
import { it } from 'vitest';
import { loadSodium } from '../../../src/beckn/signing/signature.js';
import { runWorld } from './story.js';
import { checkWorld } from './checker.js';
import { aWorld, type World } from './world.js';

async function minimise(world: World, rule: string): Promise<World> {
  let best = world;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = 0; from + size <= best.steps.length;) {
      const fewer = { ...best, steps: best.steps.filter((_, index) => index < from || index >= from + size) };
      const found = await check(fewer);
      if (found.some((one) => one.startsWith(rule))) best = fewer;
      else from += size;
    }
    if (size === 1) break;
  }
  return best;
}
async function check(world: World) {
  return checkWorld(await runWorld(world));
}

it('worlds', async () => {
  await loadSodium();
  const n = Number(process.env['N'] ?? 300);
  const worlds = fc.sample(aWorld, { numRuns: n, seed: Number(process.env['SEED'] ?? 1) });
  const begun = performance.now();
  const seen = new Map<string, number>();
  const stats = { orders: 0, billed: 0, exact: 0, clean: 0, rows: 0 };
  for (const [i, world] of worlds.entries()) {
    const result = await runWorld(world);
    const found = checkWorld(result);
    stats.orders += result.orders.length;
    stats.billed += result.orders.filter((o) => (o.bill?.energyWh ?? 0) > 0).length;
    stats.exact += result.orders.filter((o) => (o.bill?.energyWh ?? 0) > 0 && o.bill?.confidence === 'exact').length;
    stats.clean += result.transactions.filter((t) => t.clean && t.driver.kind === 'order').length;
    stats.rows += result.discrepancies.length;
    for (const line of found) {
      const rule = line.slice(0, 2) + world.firmware.version;
      const count = (seen.get(rule) ?? 0) + 1;
      seen.set(rule, count);
      if (count <= Number(process.env['SHOW'] ?? 0) && (process.env['RULE'] ?? rule).startsWith(line.slice(0, 2))) {
        const small = await minimise(world, line.slice(0, 2));
        console.log(`==== world ${i} ${line}`, JSON.stringify(small.firmware));
        const r = await runWorld(small, (l) => process.stdout.write(l.slice(0, 330) + '\n'));
        console.log(
          checkWorld(r),
          r.discrepancies.map((d) => `${d.kind} ${d.orderId} ${d.transactionId} ${d.detail}`),
          r.orders.map((o) => [o.id, o.state, o.outcome?.code, o.bill?.energyWh, o.bill?.confidence].join(' ')),
        );
      }
    }
  }
  console.log((performance.now() - begun) / n, Object.fromEntries(seen), stats);
}, 1_000_000);
