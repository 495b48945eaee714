/**
 * Keeps the versions of the network in the store. The document of a version is written before its entry, and only the
 * entry makes the version exist, so a crash between the two leaves no incomplete version. Times are epoch ms.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { NetworkDocument } from '../../config/network-file/load-network.js';
import type { Json } from '../../domain/model/object.js';
import { inTurns, type TurnClock } from '../../ports/runtime.js';
import type { ValueStore } from '../../ports/store.js';
import { jsonInSteps } from './json-in-steps.js';
import type { Change, ChangeCounts } from './network-difference.js';

export interface NetworkVersion {
  /** Counted from 1. */
  readonly number: number;
  readonly at: number;
  /** The person who made the version, or `network file`. */
  readonly by: string;
  readonly reason: string;
  /** The file names or other origin of the version. */
  readonly source: string;
  readonly counts: ChangeCounts;
  /** After an undo: the earlier version whose document this one restores; 0 for the empty network. */
  readonly restores?: number;
}

export interface VersionContent {
  readonly document: NetworkDocument;
  readonly difference: readonly Change[];
}

const ENTRY = 'network-version|';
const CONTENT = 'network-content|';
/** Numbers are padded to this length, so that names sort like numbers. */
const DIGITS = 9;

const [compress, decompress] = [promisify(gzip), promisify(gunzip)];

/** How many levels are serialised in steps: a document down to its stations, a difference down to each change. */
const [DOCUMENT_DEPTH, DIFFERENCE_DEPTH] = [5, 1];

export class NetworkHistory {
  readonly #values: ValueStore;
  readonly #clock: TurnClock;
  #versions: NetworkVersion[] = [];

  constructor(values: ValueStore, clock: TurnClock) {
    this.#values = values;
    this.#clock = clock;
  }

  /** Loads the list of versions. The store must be running. */
  async load(): Promise<void> {
    const entries = (await this.#values.values(ENTRY)).map(({ value }) => value as unknown as NetworkVersion);
    this.#versions = entries.sort((a, b) => a.number - b.number);
  }

  newest(): NetworkVersion | undefined {
    return this.#versions.at(-1);
  }

  find(number: number): NetworkVersion | undefined {
    return this.#versions.find((version) => version.number === number);
  }

  /** Returns all versions, newest first. */
  list(): readonly NetworkVersion[] {
    return [...this.#versions].reverse();
  }

  async content(number: number): Promise<VersionContent | undefined> {
    const value = await this.#values.value(CONTENT + padded(number));
    if (typeof value !== 'string') return undefined;
    return JSON.parse((await decompress(Buffer.from(value, 'base64'))).toString('utf8')) as VersionContent;
  }

  /** Resolves once the version is durable. @errors StoreFault */
  async add(entry: Omit<NetworkVersion, 'number'>, { document, difference }: VersionContent): Promise<NetworkVersion> {
    const version = { ...entry, number: (this.newest()?.number ?? 0) + 1 };
    const texts = {
      document: await inTurns(jsonInSteps(document, DOCUMENT_DEPTH), this.#clock),
      difference: await inTurns(jsonInSteps(difference, DIFFERENCE_DEPTH), this.#clock),
    };
    const content = `{"document":${texts.document},"difference":${texts.difference}}`;
    const packed = (await compress(content)).toString('base64');
    await this.#values.putValue(CONTENT + padded(version.number), packed);
    await this.#values.putValue(ENTRY + padded(version.number), version as unknown as Json);
    this.#versions.push(version);
    return version;
  }
}

function padded(number: number): string {
  return String(number).padStart(DIGITS, '0');
}
