import { expect, it } from 'vitest';
import { createOperatorView } from '../../../src/app/operator-view.js';
import { LiveCatalogue } from '../../../src/bridge/network/live-catalogue.js';
import { atOnce } from '../../../src/domain/model/object.js';
import { NETWORK } from '../../fakes/bridge-harness.js';

it('an operator sees the connectors of the network that is sold now', () => {
  const catalogue = new LiveCatalogue({ name: 'empty', providers: [] });
  const view = createOperatorView({ bridge: { catalogue }, networks: [], connections: {} } as never, () => false);
  expect(view.sites).toEqual([]);
  atOnce(catalogue.replace(NETWORK, () => false));
  expect(view.sites.map(({ connector }) => connector.itemId)).toContain('CP1-1');
});

it('the registry that is away is named only among several networks, and trials have none', () => {
  const directory = { status: () => ({ cachedKeys: 0, lastFault: 'timeout' }) };
  const networks = [
    { name: 'main', directory },
    { name: 'trial', directory },
  ];
  const bridge = { catalogue: new LiveCatalogue(NETWORK), keptFrames: { count: 0 } };
  const view = createOperatorView({ bridge, networks, connections: {} } as never, () => false);
  expect(view.readinessProblems()).toMatchObject([
    { code: 'registry-unavailable', message: 'The registry is unavailable: timeout' },
  ]);
});

it('each cause why the process is not ready has its own code', () => {
  const directory = { status: () => ({ cachedKeys: 0, lastFault: 'timeout' }) };
  const bridge = { catalogue: new LiveCatalogue(NETWORK), keptFrames: { count: 2 } };
  const networks = [{ name: 'main', directory }];
  const view = createOperatorView({ bridge, networks, connections: {} } as never, () => true);
  expect(view.readinessProblems().map(({ code, message }) => [code, message])).toEqual([
    ['disk-full', 'The disk is full: running sessions go on, and new orders are refused.'],
    ['frames-kept', '2 messages of chargers wait in the frame journal for the store.'],
    ['registry-unavailable', 'The registry is unavailable: timeout'],
  ]);
});

it('a process that lacks nothing is ready', () => {
  const bridge = { catalogue: new LiveCatalogue(NETWORK), keptFrames: { count: 0 } };
  const directory = { status: () => ({ cachedKeys: 1 }) };
  const networks = [{ name: 'main', directory }];
  const view = createOperatorView({ bridge, networks, connections: {} } as never, () => false);
  expect(view.readinessProblems()).toEqual([]);
});

it('an operator sees the charge points that are known, and none that a trial simulates', () => {
  const catalogue = new LiveCatalogue(NETWORK);
  const [site] = catalogue.sites;
  if (!site) throw new Error('the network has no connector');
  const point = { ...site.chargePoint, id: 'trial-1' };
  catalogue.trialSites.add({ ...site, chargePoint: point });
  // A charge point that was removed is known as long as an order needs it.
  atOnce(catalogue.replace({ name: 'empty', providers: [] }, ({ chargePointId }) => chargePointId === 'CP1'));
  const chargePoints = {
    connectedIds: () => ['trial-1', 'CP9'],
    connectionOf: () => undefined,
    quarantineOf: () => undefined,
    lastSeenAt: () => undefined,
  };
  const bridge = { catalogue, chargePoints, approvedChargePoints: { ids: () => ['CP8'] } };
  const connections = { protocolViolations: () => ({ total: 0 }) };
  const view = createOperatorView({ bridge, networks: [], connections } as never, () => false);
  expect(view.chargePoints().map(({ id }) => id)).toEqual(['CP8', 'CP1', 'CP9']);
});
