import { expect, it } from 'vitest';
import { UnsavedNumbers } from '../../../../src/bridge/transactions/unsaved-numbers.js';
import type { ChargerEventOf } from '../../../../src/ports/charger-events.js';

function numbers(): UnsavedNumbers {
  let next = 0;
  return new UnsavedNumbers({ nextNumber: () => Promise.resolve(++next), reservedNumber: () => ++next });
}

const START: ChargerEventOf<'transaction-started'> = {
  ...{ type: 'transaction-started', connectorId: 1, idTag: 'TAG', meterStartWh: 100 },
  ...{ at: 1_000, raw: '' },
};

it('gives a start that is not saved the same number again, also under another time', async () => {
  const unsaved = numbers();
  expect(await unsaved.take('CP1', START)).toBe('1');
  expect(unsaved.takeReserved('CP1', { ...START, at: 2_000 })).toBe('1');
  const { at: _, ...undated } = START;
  expect(unsaved.takeReserved('CP1', undated)).toBe('1');
});

it('gives another start another number', async () => {
  const unsaved = numbers();
  await unsaved.take('CP1', START);
  expect(await unsaved.take('CP2', START)).toBe('2');
  expect(await unsaved.take('CP1', { ...START, connectorId: 2 })).toBe('3');
  expect(await unsaved.take('CP1', { ...START, meterStartWh: 200 })).toBe('4');
});

it('tells starts of a meter that counts from zero apart by their time', async () => {
  const unsaved = numbers();
  await unsaved.take('CP1', { ...START, meterStartWh: 0 });
  expect(await unsaved.take('CP1', { ...START, meterStartWh: 0, at: 9_000 })).toBe('2');
});

it('forgets a start that is saved', async () => {
  const unsaved = numbers();
  await unsaved.take('CP1', START);
  unsaved.forget('CP1', START);
  expect(await unsaved.take('CP1', START)).toBe('2');
});

it('gives a start the same number until a stop has named it', async () => {
  const unsaved = numbers();
  await unsaved.take('CP1', START);
  unsaved.recordStop('CP1', '7');
  unsaved.recordStop('CP2', '1');
  expect(await unsaved.take('CP1', START)).toBe('1');
  unsaved.recordStop('CP1', '1');
  expect(await unsaved.take('CP1', START)).toBe('2');
  expect(await unsaved.take('CP1', START)).toBe('2');
  expect(unsaved.hasGiven('CP1', '1')).toBe(true);
  expect(unsaved.hasGiven('CP2', '1')).toBe(false);
});

it('remembers the number of a second start when the first one is saved', async () => {
  const unsaved = numbers();
  await unsaved.take('CP1', START);
  unsaved.recordStop('CP1', '1');
  await unsaved.take('CP1', START);
  unsaved.forget('CP1', { ...START, givenTransactionId: '1' });
  expect(unsaved.hasGiven('CP1', '1')).toBe(false);
  expect(await unsaved.take('CP1', START)).toBe('2');
});
