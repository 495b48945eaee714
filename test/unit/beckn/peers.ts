import type { Events, EventName } from '../../../src/ports/events.js';
import type { ValueStore } from '../../../src/ports/store.js';
import type { Json } from '../../../src/domain/model/object.js';
import { keyPairFromSeed, encodeKeyPair, type KeyPair } from '../../../src/beckn/signing/key-material.js';
import {
  RegistryFault,
  type LookupRow,
  type RegistryRecord,
  type RegistrySource,
} from '../../../src/beckn/registry/registry.js';

export function pair(fill: number): KeyPair {
  return keyPairFromSeed(new Uint8Array(32).fill(fill));
}

export function recordOf(fill: number, change: Partial<RegistryRecord> = {}): RegistryRecord {
  return {
    subscriberId: 'app.example.in',
    url: 'https://app.example.in/beckn',
    type: 'BAP',
    keyId: 'k1',
    signingPublicKey: encodeKeyPair(pair(fill)).publicKey,
    status: 'SUBSCRIBED',
    ...change,
  };
}

/** A fake registry: a list of records that can be unavailable. */
export interface ListRegistry extends RegistrySource {
  records: LookupRow[];
  down: boolean;
  lookups: { readonly subscriberId: string; readonly keyId?: string }[];
  /** While set, answers wait for this promise. */
  gate: Promise<void> | undefined;
}

export function listRegistry(...records: LookupRow[]): ListRegistry {
  return {
    records,
    down: false,
    lookups: [],
    gate: undefined,
    async lookup(query) {
      this.lookups.push(query);
      await this.gate;
      if (this.down) throw new RegistryFault('connection refused');
      return this.records.filter((record) => record.subscriberId === query.subscriberId);
    },
  };
}

export function memoryValues(): ValueStore & { readonly kept: Map<string, Json> } {
  const kept = new Map<string, Json>();
  return {
    kept,
    value: (name) => Promise.resolve(kept.get(name)),
    // Values pass through text, as in a real store: what JSON cannot represent is lost.
    putValue: (name, value) => Promise.resolve(void kept.set(name, JSON.parse(JSON.stringify(value)) as Json)),
    values: (prefix) =>
      Promise.resolve([...kept].filter(([name]) => name.startsWith(prefix)).map(([name, value]) => ({ name, value }))),
  };
}

export function eventList(): Events & { readonly names: EventName[] } {
  const names: EventName[] = [];
  return { names, emit: (name) => void names.push(name) };
}
