// Measures the time from the spawn of our process to its ready line, compared with an empty Node process.
import { spawn } from 'node:child_process';
import { figure, median, round } from './figures.mjs';
import { makeSite, startBridge } from './site.mjs';

const AIM_MS = 500;
/** 500 stations with two charge points each. */
const CHARGE_POINTS = 1000;

const emptyNode = () => new Promise((resolve) => spawn(process.execPath, ['-e', '0']).once('exit', resolve));

async function timed(work) {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
}

export async function startUp({ quick }) {
  const rounds = quick ? 3 : 7;
  const site = await makeSite({ chargePoints: CHARGE_POINTS, sinkPort: 9 });
  const [empty, ours] = [[], []];
  for (let turn = 0; turn <= rounds; turn += 1) {
    const nothing = await timed(emptyNode);
    // The process starts without the probe, as with `npm start`: to load the probe, Node loads its ESM loader, which
    // takes a tenth of the start.
    const { ms, result } = await timed(() => startBridge(site, { pinned: false, probed: false }));
    await result.stop();
    if (turn > 0) {
      empty.push(nothing.ms);
      ours.push(ms);
    }
  }
  const ms = median(ours);
  return [
    figure('Start-up to the ready line, ms', {
      ours: round(ms),
      baseline: round(median(empty)),
      ratio: round(ms / median(empty), 1),
      aim: `≤ ${AIM_MS} ms`,
      pass: ms <= AIM_MS,
      detail: `${CHARGE_POINTS} charge points at 500 stations, median of ${rounds}, best ${round(Math.min(...ours))} ms; the baseline is \`node -e 0\``,
    }),
  ];
}
