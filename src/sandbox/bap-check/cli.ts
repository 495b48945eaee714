#!/usr/bin/env node
/** `bap-check`: tells what a buyer app gets wrong. */
import sodium from 'libsodium-wrappers';
import { loadSodium } from '../../beckn/signing/signature.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createScreen, type Screen } from '../runtime/terminal.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { clientDriver, personDriver, triggerDriver, type Driver } from './app-driver.js';
import { readFlags, USAGE, type Flags } from './flags.js';
import { DOMAIN, openKit, VERSION, type Kit } from './harness.js';
import type { Profile } from './provider/provider-profiles.js';
import type { RunRecord } from './provider/run-record.js';
import { entryLine, jsonLines, printReport, totalsOf } from './report.js';
import { judgeRun } from './rules/rule.js';
import { RULES } from './rules/all-rules.js';

const PACE = { quietMs: 1_500, workMs: 250, lateMs: 3_000, answerWithinMs: 1_000 };

function printStart(screen: Screen, flags: Flags, kit: Kit): void {
  const { expected } = kit;
  screen.line(screen.paint('bold', `bap-check: a provider for ${DOMAIN} ${VERSION}, to try a buyer app with`));
  screen.line();
  screen.line(`  registry    ${kit.registryUrl}  (POST /subscribers/lookup, /lookup or /v2.0/lookup)`);
  screen.line(`  provider    bpp_id ${expected.bppId}, bpp_uri ${expected.bppUri}`);
  screen.line(`  its key     id ${kit.keyId}, Ed25519 ${kit.publicKeyBase64}  (the registry has it)`);
  screen.line(`  your app    bap_id ${expected.subscriberId}, callbacks go to ${expected.bapUri}`);
  screen.line();
  if (flags.triggerUrl !== undefined) return;
  screen.line(
    'Let your app use this registry (or know this provider and its key), and send its requests to this bpp_uri.',
  );
  const journeys = flags.profiles.length === 1 ? 'One journey is' : `${flags.profiles.length} journeys are`;
  screen.line(`${journeys} asked for, from the search to the rating. Ctrl-C ends and reports.`);
}

function driverFor(
  profile: Profile,
  flags: Flags,
  kit: Kit,
  random: ReturnType<typeof createSeededRandom>,
  say: (text: string) => void,
): Driver {
  const { triggerUrl } = flags;
  const { expected, offer } = kit;
  if (triggerUrl === undefined) return personDriver(say);
  if (!triggerUrl.includes('{action}')) return triggerDriver(triggerUrl, profile.name, expected, kit.registryUrl);
  return clientDriver(triggerUrl, { clock: realClock, random, offer, expected });
}

async function run(flags: Flags, left: () => boolean): Promise<number> {
  const screen = createScreen(flags.json ? process.stderr : process.stdout, process.env);
  await loadSodium();
  const random = createSeededRandom(sodium.randombytes_random());
  const { url: bapUri, timeoutMs, lingerMs } = flags;
  const pace = { ...PACE, timeoutMs, lingerMs };
  const kit = await openKit({ ...flags, bapUri, clock: realClock, random, pace });
  try {
    printStart(screen, flags, kit);
    const records: RunRecord[] = [];
    for (const profile of flags.profiles) {
      if (left()) break;
      screen.line(`\n${screen.paint('cyan', `▸ ${profile.name}`)}`);
      const say = (text: string): void => screen.line(`  ${screen.paint('bold', text)}`);
      const driver = driverFor(profile, flags, kit, random, say);
      const onEntry = (entry: RunRecord['entries'][number]): void =>
        screen.line(`  ${screen.paint('dim', entryLine(entry))}`);
      records.push(await kit.run({ profile, driver, left, say, onEntry }));
    }
    const findings = records.flatMap((record) => judgeRun(RULES, record));
    printReport(screen, findings, records);
    if (flags.json) process.stdout.write(`${jsonLines(findings, records).join('\n')}\n`);
    return totalsOf(findings, records).conforms && records.length === flags.profiles.length ? 0 : 1;
  } finally {
    await kit.close();
  }
}

async function main(): Promise<void> {
  const flags = readFlags(process.argv.slice(2));
  if (typeof flags === 'string') {
    const asked = flags === USAGE;
    (asked ? process.stdout : process.stderr).write(`${flags}\n`);
    process.exitCode = asked ? 0 : 2;
    return;
  }
  let firstSignal: number | undefined;
  const heard = (): void => {
    firstSignal ??= realClock.now();
    // npm passes on the Ctrl-C that the terminal has sent already: that is one, not two.
    if (realClock.now() - firstSignal > 1_000) process.exit(130);
  };
  process.on('SIGINT', heard);
  process.on('SIGTERM', heard);
  // A reader that goes away, such as `head`, ends the check as a signal does.
  process.stdout.on('error', heard);
  try {
    process.exitCode = await run(flags, () => firstSignal !== undefined);
  } catch (error) {
    process.stderr.write(`bap-check: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  }
}

await main();
