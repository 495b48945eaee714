/** How the dialect of a message is selected: by its context, its peer's setting, and its form. */
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../../../src/beckn/dialects/all.js';
import { selectDialect } from '../../../../src/beckn/dialects/select-dialect.js';
import type { JsonObject } from '../../../../src/beckn/protocol/wire.js';
import { ITEMS, tags } from '../samples.js';

const TREE: JsonObject = { order: { items: ITEMS } };
const OPTION: JsonObject = { order: { tags: [tags('selected-charging-option', ['amount', '100'])] } };
const ENERGY: JsonObject = { order: { items: [{ id: 'a', quantity: { selected: { measure: { value: '4' } } } }] } };

const chosen = (domain: string, version: string | undefined, message: JsonObject = {}, named?: string) =>
  selectDialect(DIALECTS, { domain, ...(version !== undefined && { version }) }, message, named)?.name;

describe('the dialect of a message whose context is in camel case', () => {
  const camel = (context: JsonObject): string | undefined =>
    selectDialect(DIALECTS, { action: 'select', bapId: 'bap.example', ...context }, {}, undefined)?.name;

  it.each<[string, JsonObject, string | undefined]>([
    ['of the test network', { networkId: 'nfh.global/testnet-evcharging', version: '2.0.0' }, 'lts-2.0.0'],
    ['of another for cars', { networkId: 'acme.org/ev-charging' }, 'lts-2.0.0'],
    ['of no network', { version: '2.0.0' }, 'lts-2.0.0'],
    ['of another trade', { networkId: 'nfh.global/testnet-retail', version: '2.0.0' }, undefined],
    ['of a word that only ends so', { networkId: 'acme.org/devcharging' }, undefined],
    ['of another version', { networkId: 'nfh.global/testnet-evcharging', version: '2.1.0' }, undefined],
    ['with an id spelt as before', { networkId: 'nfh.global/testnet-evcharging', bap_id: 'other' }, undefined],
    ['with a domain of 1.x', { domain: 'uei:charging', version: '1.0.0' }, 'uei-charging-1.0.0'],
  ])('%s', (_which, context, name) => {
    expect(camel(context)).toBe(name);
  });
});

describe('the dialect of a message', () => {
  it.each([
    ['uei:charging', '1.0.0', 'uei-charging-1.0.0'],
    ['uei:charging', undefined, 'uei-charging-1.0.0'],
    ['ev-charging:uei', '1.1.0', 'ev-charging-uei'],
    ['ev-charging:uei', '1.0.0', 'ev-charging-uei'],
    ['ev-charging:uei', undefined, 'ev-charging-uei'],
    ['dent:ev-charging:0.1.0', '1.1.0', 'dent-ev-charging'],
    ['dent:0.1.0', '1.1.0', 'dent-ev-charging'],
    ['ev-charging:dent:uei', '1.1.0', 'dent-ev-charging'],
    ['uei:ev_charging', '1.1.0', 'uei-ev-charging'],
    ['uei:evcharging', '1.1.0', 'uei-ev-charging'],
    ['uei:ev-charging', '1.1.0', 'uei-ev-charging'],
    ['beckn.one:deg:ev-charging', '2.0.0', 'ubc-2.0.0'],
    ['beckn.one:deg:ev-charging', '1.1.0', undefined],
    ['ev-charging:uei', '2.0.0', undefined],
    ['retail', '1.1.0', undefined],
  ])('is that of its domain and version: %s %s', (domain, version, name) => {
    expect(chosen(domain, version, TREE)).toBe(name);
  });

  it.each([
    ['uei:charging', '1.1.0', TREE, 'uei-charging-1.0.0'],
    ['uei:test', '1.1.0', OPTION, 'uei-charging-1.0.0'],
    ['uei:test', '1.1.0', ENERGY, 'ev-charging-uei'],
    ['my:uei:net', undefined, {}, 'ev-charging-uei'],
    ['dent:0.2.0', '1.1.0', ENERGY, 'dent-ev-charging'],
    ['nuei:test', '1.1.0', TREE, undefined],
    ['uei:test', '0.9.4', TREE, undefined],
    ['uei:test', '2.0.0', TREE, undefined],
  ])('is guessed under a name of the family alone: %s %s', (domain, version, message, name) => {
    expect(chosen(domain, version, message)).toBe(name);
  });

  it('is what the peer’s setting says, whatever the context says', () => {
    expect(chosen('uei:charging', '1.0.0', {}, 'uei-charging-pulse')).toBe('uei-charging-pulse');
    expect(chosen('retail', '9', {}, 'dent-ev-charging')).toBe('dent-ev-charging');
    expect(chosen('uei:charging', '1.0.0', {}, 'no-such-dialect')).toBeUndefined();
  });
});
