#!/usr/bin/env node
/** Runs `bap-check`, which plays a provider and reports what a buyer app gets wrong. */
import sodium from 'libsodium-wrappers';
import { loadSodium } from '../../beckn/signing/signature.js';
import type { Random } from '../../ports/runtime.js';
import { printUnlessRun } from '../runtime/command-line.js';
import { reportFailure } from '../runtime/failure.js';
import { Interruption } from '../runtime/interruption.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { createTerminal, type Terminal } from '../runtime/terminal.js';
import { clientDriver, manualDriver, triggerDriver, type AppDriver } from './app-driver.js';
import { readFlags, type Flags } from './flags.js';
import { DOMAIN, openHarness, VERSION, type Harness } from './harness.js';
import type { ProviderProfile } from './provider/provider-profiles.js';
import type { RunRecord } from './provider/run-record.js';
import { entryLine, jsonLines, printReport, totalsOf } from './report.js';
import { ALL_RULES } from './rules/all-rules.js';
import { checkRun } from './rules/rule.js';

const TIMING = { repeatWindowMs: 1_500, processingMs: 250, lateByMs: 3_000, answerWithinMs: 1_000 };

class CheckSession {
  readonly #flags: Flags;
  readonly #interruption: Interruption;
  readonly #terminal: Terminal;
  readonly #random: Random;

  constructor(flags: Flags, interruption: Interruption, random: Random) {
    this.#flags = flags;
    this.#interruption = interruption;
    this.#terminal = createTerminal(flags.json ? process.stderr : process.stdout, process.env);
    this.#random = random;
  }

  /**
   * @returns The exit code: 0 if the app conforms in every selected profile, else 1.
   * @errors Rejects if a port is taken.
   */
  async run(): Promise<number> {
    const { url: bapUri, timeoutMs, lingerMs, profiles, json } = this.#flags;
    const timing = { ...TIMING, timeoutMs, optionalTimeoutMs: lingerMs };
    const harness = await openHarness({
      ...this.#flags,
      bapUri,
      clock: realClock,
      random: this.#random,
      timing,
    });
    try {
      this.#printStart(harness);
      const records: RunRecord[] = [];
      for (const profile of profiles) {
        if (this.#interruption.isRequested) break;
        records.push(await this.#runProfile(harness, profile));
      }
      const findings = records.flatMap((record) => checkRun(ALL_RULES, record));
      printReport(this.#terminal, findings, records);
      if (json) process.stdout.write(`${jsonLines(findings, records).join('\n')}\n`);
      return totalsOf(findings, records).conforms && records.length === profiles.length ? 0 : 1;
    } finally {
      await harness.close();
    }
  }

  #runProfile(harness: Harness, profile: ProviderProfile): Promise<RunRecord> {
    const terminal = this.#terminal;
    terminal.writeLine(`\n${terminal.colour('cyan', `▸ Profile ${profile.name}`)}`);
    const print = (text: string): void => terminal.writeLine(`  ${terminal.colour('bold', text)}`);
    return harness.run({
      profile,
      driver: this.#driverFor(harness, profile, print),
      isInterrupted: () => this.#interruption.isRequested,
      print,
      onEntry: (entry) => terminal.writeLine(`  ${terminal.colour('dim', entryLine(entry))}`),
    });
  }

  #driverFor(
    { expected, offer, registryUrl }: Harness,
    profile: ProviderProfile,
    print: (text: string) => void,
  ): AppDriver {
    const { triggerUrl } = this.#flags;
    if (triggerUrl === undefined) return manualDriver(print);
    if (!triggerUrl.includes('{action}')) return triggerDriver(triggerUrl, profile.name, expected, registryUrl);
    return clientDriver(triggerUrl, { clock: realClock, random: this.#random, offer, expected });
  }

  #printStart({ expected, registryUrl, keyId, publicKeyBase64 }: Harness): void {
    const { triggerUrl, profiles } = this.#flags;
    const terminal = this.#terminal;
    terminal.writeLine(terminal.colour('bold', `bap-check: a ${DOMAIN} ${VERSION} provider that tests a buyer app`));
    terminal.writeLine();
    terminal.writeLine(`  Registry    ${registryUrl}  (POST /subscribers/lookup, /lookup or /v2.0/lookup)`);
    terminal.writeLine(`  Provider    bpp_id ${expected.bppId}, bpp_uri ${expected.bppUri}`);
    terminal.writeLine(`  Its key     key id ${keyId}, Ed25519 ${publicKeyBase64}  (also in the registry)`);
    terminal.writeLine(`  Your app    bap_id ${expected.subscriberId}, callbacks to ${expected.bapUri}`);
    if (triggerUrl !== undefined) return;
    terminal.writeLine();
    const orders = profiles.length === 1 ? 'one order' : `${profiles.length} orders, one per profile`;
    terminal.writeLine(
      'Point your app at this registry, or give it the provider and its key. Send its requests to the bpp_uri.',
    );
    terminal.writeLine(`You will be asked for ${orders}, from the search to the rating.`);
    terminal.writeLine('Press Ctrl-C to stop early and see the report.');
  }
}

async function main(): Promise<void> {
  const flags = printUnlessRun(readFlags(process.argv.slice(2)));
  if (!flags) return;
  const interruption = new Interruption(realClock);
  interruption.listen();
  try {
    await loadSodium();
    const random = createSeededRandom(sodium.randombytes_random());
    process.exitCode = await new CheckSession(flags, interruption, random).run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reportFailure('bap-check', { exit: 'usage', code: 'not-started', message });
  }
}

await main();
