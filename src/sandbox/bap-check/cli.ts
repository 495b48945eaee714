#!/usr/bin/env node
/** `bap-check`: tells what a buyer app gets wrong. */
import sodium from 'libsodium-wrappers';
import { loadSodium } from '../../beckn/signing/signature.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createTerminal, type Terminal } from '../runtime/terminal.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { clientDriver, manualDriver, triggerDriver, type AppDriver } from './app-driver.js';
import { readFlags, USAGE, type Flags } from './flags.js';
import { DOMAIN, openHarness, VERSION, type Harness } from './harness.js';
import type { ProviderProfile } from './provider/provider-profiles.js';
import type { RunRecord } from './provider/run-record.js';
import { entryLine, jsonLines, printReport, totalsOf } from './report.js';
import { checkRun } from './rules/rule.js';
import { ALL_RULES } from './rules/all-rules.js';

const TIMING = { repeatWindowMs: 1_500, processingMs: 250, lateByMs: 3_000, answerWithinMs: 1_000 };

function printStart(screen: Terminal, flags: Flags, kit: Harness): void {
  const { expected } = kit;
  screen.writeLine(screen.colour('bold', `bap-check: a provider for ${DOMAIN} ${VERSION}, to try a buyer app with`));
  screen.writeLine();
  screen.writeLine(`  registry    ${kit.registryUrl}  (POST /subscribers/lookup, /lookup or /v2.0/lookup)`);
  screen.writeLine(`  provider    bpp_id ${expected.bppId}, bpp_uri ${expected.bppUri}`);
  screen.writeLine(`  its key     id ${kit.keyId}, Ed25519 ${kit.publicKeyBase64}  (the registry has it)`);
  screen.writeLine(`  your app    bap_id ${expected.subscriberId}, callbacks go to ${expected.bapUri}`);
  screen.writeLine();
  if (flags.triggerUrl !== undefined) return;
  screen.writeLine(
    'Let your app use this registry (or know this provider and its key), and send its requests to this bpp_uri.',
  );
  const journeys = flags.profiles.length === 1 ? 'One journey is' : `${flags.profiles.length} journeys are`;
  screen.writeLine(`${journeys} asked for, from the search to the rating. Ctrl-C ends and reports.`);
}

function driverFor(
  profile: ProviderProfile,
  flags: Flags,
  kit: Harness,
  random: ReturnType<typeof createSeededRandom>,
  say: (text: string) => void,
): AppDriver {
  const { triggerUrl } = flags;
  const { expected, offer } = kit;
  if (triggerUrl === undefined) return manualDriver(say);
  if (!triggerUrl.includes('{action}')) return triggerDriver(triggerUrl, profile.name, expected, kit.registryUrl);
  return clientDriver(triggerUrl, { clock: realClock, random, offer, expected });
}

async function run(flags: Flags, left: () => boolean): Promise<number> {
  const screen = createTerminal(flags.json ? process.stderr : process.stdout, process.env);
  await loadSodium();
  const random = createSeededRandom(sodium.randombytes_random());
  const { url: bapUri, timeoutMs, lingerMs } = flags;
  const pace = { ...TIMING, timeoutMs, optionalTimeoutMs: lingerMs };
  const kit = await openHarness({ ...flags, bapUri, clock: realClock, random, timing: pace });
  try {
    printStart(screen, flags, kit);
    const records: RunRecord[] = [];
    for (const profile of flags.profiles) {
      if (left()) break;
      screen.writeLine(`\n${screen.colour('cyan', `▸ ${profile.name}`)}`);
      const say = (text: string): void => screen.writeLine(`  ${screen.colour('bold', text)}`);
      const driver = driverFor(profile, flags, kit, random, say);
      const onEntry = (entry: RunRecord['entries'][number]): void =>
        screen.writeLine(`  ${screen.colour('dim', entryLine(entry))}`);
      records.push(await kit.run({ profile, driver, isInterrupted: left, print: say, onEntry }));
    }
    const findings = records.flatMap((record) => checkRun(ALL_RULES, record));
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
