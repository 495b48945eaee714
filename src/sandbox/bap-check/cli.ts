#!/usr/bin/env node
/** Runs `bap-check`, which plays a provider and reports what a buyer app gets wrong. */
import sodium from 'libsodium-wrappers';
import { loadSodium } from '../../beckn/signing/signature.js';
import type { Random } from '../../ports/runtime.js';
import { DIALECTS, displayName } from '../dialects/all.js';
import type { Dialect } from '../dialects/dialect.js';
import { printUnlessRun } from '../runtime/command-line.js';
import { reportFailure } from '../runtime/failure.js';
import { Interruption } from '../runtime/interruption.js';
import { realClock } from '../runtime/scaled-clock.js';
import { createSeededRandom } from '../runtime/seeded-random.js';
import { createTerminal, wrap, type Terminal } from '../runtime/terminal.js';
import { clientDriver, manualDriver, triggerDriver, type AppDriver } from './app-driver.js';
import { readFlags, type Flags } from './flags.js';
import { openHarness, type Harness } from './harness.js';
import type { ProviderProfile } from './provider/provider-profiles.js';
import type { RunRecord } from './provider/run-record.js';
import { jsonLines } from './json-lines.js';
import { entryLines, printReport } from './report.js';
import { rulesOf } from './rules/all-rules.js';
import { isFutile, summarise, totalsOf } from './summary.js';

const TIMING = {
  repeatWindowMs: 1_500,
  processingMs: 250,
  lateByMs: 3_000,
  answerWithinMs: 1_000,
  answerTimeoutMs: 10_000,
};

class CheckSession {
  readonly #flags: Flags;
  readonly #dialect: Dialect;
  readonly #interruption: Interruption;
  readonly #terminal: Terminal;
  readonly #random: Random;

  constructor(flags: Flags, interruption: Interruption, random: Random) {
    this.#flags = flags;
    this.#dialect = DIALECTS[flags.dialect];
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
    const settings = { ...this.#flags, dialect: this.#dialect, bapUri };
    const harness = await openHarness({ ...settings, clock: realClock, random: this.#random, timing });
    try {
      this.#printStart(harness);
      const records: RunRecord[] = [];
      for (const profile of profiles) {
        records.push(await this.#runProfile(harness, profile));
        if (this.#interruption.isRequested || isFutile(records)) break;
      }
      const summary = summarise(rulesOf(this.#dialect), profiles, records);
      printReport(this.#terminal, summary);
      if (json) process.stdout.write(`${jsonLines(this.#flags.dialect, summary).join('\n')}\n`);
      return totalsOf(summary).conforms ? 0 : 1;
    } finally {
      await harness.close();
    }
  }

  #runProfile(harness: Harness, profile: ProviderProfile): Promise<RunRecord> {
    const terminal = this.#terminal;
    terminal.writeLine(`\n${terminal.colour('cyan', `▸ Profile ${profile.name}`)}`);
    const print = (text: string): void => {
      for (const line of wrap(text, terminal.width - 2)) terminal.writeLine(`  ${terminal.colour('bold', line)}`);
    };
    return harness.run({
      profile,
      driver: this.#driverFor(harness, profile, print),
      isInterrupted: () => this.#interruption.isRequested,
      print,
      onEntry: (entry) => {
        for (const line of entryLines(entry, this.#dialect, terminal.width - 2))
          terminal.writeLine(`  ${terminal.colour('dim', line)}`);
      },
    });
  }

  #driverFor({ expected, offer }: Harness, profile: ProviderProfile, print: (text: string) => void): AppDriver {
    const { triggerUrl, dialect: dialectName } = this.#flags;
    const dialect = this.#dialect;
    if (triggerUrl === undefined) return manualDriver(dialect, print);
    if (!triggerUrl.includes('{action}'))
      return triggerDriver(triggerUrl, { dialectName, dialect, profile: profile.name, expected });
    return clientDriver(triggerUrl, { clock: realClock, random: this.#random, dialect, offer, expected });
  }

  #printStart({ expected, publicKeyBase64 }: Harness): void {
    const { triggerUrl, profiles } = this.#flags;
    const terminal = this.#terminal;
    const title = `bap-check: a provider of ${displayName(this.#dialect)} that tests a buyer app`;
    terminal.writeLine(terminal.colour('bold', title));
    terminal.writeLine();
    const { names } = this.#dialect.envelope;
    const rows: readonly (readonly [string, string])[] = [
      ['Registry', expected.registryUrl],
      ['', 'POST /subscribers/lookup, /lookup or /v2.0/lookup'],
      ['Provider', `${names.bppId} ${expected.bppId}`],
      ['', `${names.bppUri} ${expected.bppUri}`],
      ['', `key id ${expected.bppKeyId}`],
      ['', `Ed25519 ${publicKeyBase64}`],
      ['Your app', `${names.bapId} ${expected.subscriberId}`],
      ['', `callbacks to ${expected.bapUri}`],
    ];
    for (const [name, text] of rows) terminal.writeLine(`  ${name.padEnd(10)}${text}`);
    if (triggerUrl !== undefined) return;
    terminal.writeLine();
    const orders = profiles.length === 1 ? 'one order' : `${profiles.length} orders, one per profile`;
    const text = `Point your app at this registry, or give it the provider and its key. Send its requests to the ${names.bppUri}. You will be asked for ${orders}, from the search to the rating. Press Ctrl-C to stop early and see the report.`;
    for (const line of wrap(text, terminal.width)) terminal.writeLine(line);
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
