import { describe, expect, it } from 'vitest';
import { ownSamples } from '../../../../src/domain/matching/own-readings.js';
import { omit } from '../../../../src/domain/model/object.js';
import { orderIn } from '../sessions.js';

const order = orderIn('charging');
const session = omit(order.session!, 'ownReadings');
const own = { at: 1, connectorId: order.connector.connectorId };
const unnamed = { at: 2 };
const other = { at: 3, connectorId: 2 };

describe('the readings of a session', () => {
  it.each([
    ['are those of its connector, also if they name none', [own, unnamed], [own, unnamed]],
    ['are those of another connector if there are no others', [other], [other]],
    ['are not those of another connector beside its own', [other, own], [own]],
    ['are not those of another connector beside one that names none', [unnamed, other], [unnamed]],
  ])('%s', (_what, samples, expected) => {
    expect(ownSamples(order, session, samples)).toEqual(expected);
  });

  it('are not those of another connector once its own was read', () => {
    expect(ownSamples(order, { ...session, ownReadings: true }, [other])).toEqual([]);
  });
});
