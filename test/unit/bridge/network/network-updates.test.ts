import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { NetworkTables } from '../../../../src/bridge/network/network-tables.js';
import { createUpdates, createValues, DOCUMENT } from '../../../fakes/network-updates.js';

const AUTHOR = { by: 'asha', reason: 'why', source: 'test' };

const withPrice =
  (pricePerKwh: number) =>
  (network: NetworkTables): { tables: NetworkTables } => {
    const tariff = new Map(network.tables.tariff);
    tariff.set('day', { fields: { ...tariff.get('day')?.fields, pricePerKwh } });
    return { tables: { ...network, tables: { ...network.tables, tariff } } };
  };

const withoutChargePoint = (network: NetworkTables): { tables: NetworkTables } => {
  const chargePoints = new Map(network.tables['charge-point']);
  chargePoints.delete('CP1');
  return { tables: { ...network, tables: { ...network.tables, 'charge-point': chargePoints } } };
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('the network', () => {
  it('is empty in a new store, and says so', async () => {
    const { replaced, events, updates } = await createUpdates(undefined);
    expect(events.of('network.empty')).toHaveLength(1);
    expect(replaced[0]?.network.providers).toEqual([]);
    expect(updates.history.newest()).toBeUndefined();
  });

  it('is what was saved last, after a restart', async () => {
    const values = createValues();
    const first = await createUpdates(DOCUMENT, { values, networkFile: 'n.json' });
    // Without the setting, the versions of the file stay in force.
    const second = await createUpdates(undefined, { values });
    expect(second.updates.document()).toEqual(first.updates.document());
    await second.updates.update(withPrice(2000), AUTHOR);
    const third = await createUpdates(undefined, { values });
    expect(
      third.replaced[0]?.network.providers[0]?.stations[0]?.chargePoints[0]?.connectors[0]?.tariff.pricePerKwh,
    ).toBe(2000);
    expect(third.events.of('network.empty')).toEqual([]);
    const kept = third.updates.history.list().map(({ number, by, reason, counts }) => ({ number, by, reason, counts }));
    expect(kept).toEqual([
      { number: 2, by: 'asha', reason: 'why', counts: { added: 0, changed: 1, removed: 0 } },
      { number: 1, by: 'network file', reason: 'read at the start', counts: { added: 10, changed: 1, removed: 0 } },
    ]);
  });

  it('still opens with a day that does not exist, from before such days were refused, and wants it corrected', async () => {
    const values = createValues();
    const elements = [
      { priceComponents: [{ type: 'ENERGY', price: 1 }], restrictions: { startDate: '2026-02-30' } },
    ] as const;
    const day = { ...DOCUMENT.tariffs.day, elements };
    await createUpdates({ ...DOCUMENT, tariffs: { ...DOCUMENT.tariffs, day } }, { values, networkFile: 'n.json' });
    const { replaced, updates } = await createUpdates(undefined, { values });
    expect(JSON.stringify(replaced[0]?.network)).toContain('2026-02-30');
    expect(await updates.update(withPrice(2000), AUTHOR)).toMatchObject({
      problems: [{ value: '2026-02-30', rule: 'must be a day that exists' }],
    });
  });

  it('is exchanged only once the new version is saved', async () => {
    const values = createValues();
    const { updates, replaced } = await createUpdates(DOCUMENT, { values });
    let exchangedAtSave = -1;
    const fail = {
      ...values,
      putValue: () => ((exchangedAtSave = replaced.length), Promise.reject(new Error('disk full'))),
    };
    Object.assign(values, fail);
    await expect(updates.update(withPrice(2000), AUTHOR)).rejects.toThrow('disk full');
    expect([exchangedAtSave, replaced.length]).toEqual([1, 1]);
    expect(updates.document()).toEqual(DOCUMENT);
  });

  it('changes once for two changes at the same time that say the same', async () => {
    const { updates } = await createUpdates(DOCUMENT);
    const results = await Promise.all([
      updates.update(withPrice(2000), AUTHOR),
      updates.update(withPrice(2000), AUTHOR),
    ]);
    expect(results.map((result) => ('version' in result ? result.version?.number : undefined))).toEqual([2, undefined]);
  });

  it('stays as it is if the new one breaks a rule', async () => {
    const { updates, replaced } = await createUpdates(DOCUMENT);
    expect(await updates.update(withPrice(-1), AUTHOR)).toMatchObject({
      problems: [{ path: ['tariffs', 'day', 'pricePerKwh'] }],
    });
    expect(replaced).toHaveLength(1);
  });

  it('goes back step by step, and each step is a version of its own', async () => {
    const { updates } = await createUpdates(DOCUMENT);
    for (const price of [2000, 3000]) await updates.update(withPrice(price), AUTHOR);
    const price = (): unknown => updates.tables().tables.tariff.get('day')?.fields['pricePerKwh'];
    const seen: unknown[] = [];
    for (let steps = 0; steps < 2; steps += 1) {
      await updates.undo(AUTHOR);
      seen.push(price());
    }
    await updates.undo(AUTHOR, 3);
    seen.push(price());
    expect(seen).toEqual([2000, 1850, 3000]);
    expect(updates.history.newest()).toMatchObject({ number: 6, restores: 3 });
    await updates.undo(AUTHOR, 1);
    await updates.undo(AUTHOR);
    expect(updates.tables().tables.provider.size).toBe(0);
    expect(await updates.undo(AUTHOR)).toEqual({ refused: 'nothing-to-undo' });
    expect(await updates.undo(AUTHOR, 99)).toEqual({ refused: 'no-such-version' });
  });

  it('finds after a restart the connector of an order that an earlier version still had', async () => {
    const values = createValues();
    const { updates } = await createUpdates(DOCUMENT, { values });
    await updates.update(withoutChargePoint, AUTHOR);
    await updates.update(withPrice(2000), AUTHOR);
    const connector = { providerId: 'muellers', stationId: 's1', chargePointId: 'CP1', connectorId: 2 };
    const { replaced } = await createUpdates(undefined, { values, openOrders: [{ state: 'charging', connector }] });
    expect(replaced[0]?.earlier.map((site) => [site.chargePoint.id, site.connector.maxPowerW])).toEqual([
      ['CP1', 7400],
    ]);
  });

  it('follows its file: all or nothing, with the problems told', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'network-'));
    folders.push(folder);
    const networkFile = join(folder, 'network.json');
    const { updates, replaced } = await createUpdates(DOCUMENT, { networkFile });
    const write = (price: unknown): void =>
      writeFileSync(
        networkFile,
        JSON.stringify({
          ...DOCUMENT,
          tariffs: { ...DOCUMENT.tariffs, day: { ...DOCUMENT.tariffs.day, pricePerKwh: price } },
        }),
      );
    write('much');
    expect(await updates.reloadFile('SIGHUP')).toMatchObject({
      problems: [{ problem: expect.stringContaining('pricePerKwh') as string }],
    });
    expect(replaced).toHaveLength(1);
    write(2100);
    expect(await updates.reloadFile('SIGHUP')).toMatchObject({ version: { number: 2, reason: 'reloaded by SIGHUP' } });
    expect(replaced).toHaveLength(2);
    expect(await updates.undo(AUTHOR)).toEqual({ refused: 'network-file-rules' });
  });
});
