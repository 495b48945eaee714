// Measures how long commands take from their start to their end, compared with an empty Node process.
import { spawn } from 'node:child_process';
import { figure, median, round } from './figures.mjs';
import { MAIN, makeSite, startBridge } from './site.mjs';

/** The longest acceptable duration of `version`, as a multiple of that of an empty Node process. */
const AIM_RATIO = 2;
const COMMANDS = [
  { what: 'A command without a bridge, `version`, ms', args: ['version'], aim: AIM_RATIO },
  { what: 'A command that asks the bridge, `orders list`, ms', args: ['orders', 'list'] },
];

function timed(args) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { stdio: 'ignore' }).once('exit', (code) =>
      code === 0 ? resolve(performance.now() - began) : reject(new Error(`${args.join(' ')} ended with ${code}`)),
    );
  });
}

export async function commandStart({ quick }) {
  const rounds = quick ? 5 : 15;
  const site = await makeSite({ chargePoints: 10, sinkPort: 9 });
  const bridge = await startBridge(site, { pinned: false });
  const empty = [];
  const ours = COMMANDS.map(() => []);
  for (let turn = 0; turn < rounds; turn += 1) {
    empty.push(await timed(['-e', '0']));
    for (const [at, { args }] of COMMANDS.entries())
      ours[at].push(await timed([MAIN, ...args, ...(at === 0 ? [] : ['--config', site.config])]));
  }
  await bridge.stop();
  const baseline = median(empty);
  return COMMANDS.map(({ what, aim }, at) => {
    const ms = median(ours[at]);
    const ratio = round(ms / baseline, 1);
    const target = aim === undefined ? {} : { aim: `≤ ${aim} × Node`, pass: ratio <= aim };
    const detail = `median of ${rounds}, best ${round(Math.min(...ours[at]))} ms; the baseline is \`node -e 0\``;
    return figure(what, { ours: round(ms), baseline: round(baseline), ratio, ...target, detail });
  });
}
