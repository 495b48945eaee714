import { expect, it } from 'vitest';
import { createOperatorView } from '../../../src/app/operator-view.js';
import { LiveCatalogue } from '../../../src/bridge/network/live-catalogue.js';
import { NETWORK } from '../../fakes/bridge-harness.js';

it('an operator sees the connectors of the network that is sold now', () => {
  const catalogue = new LiveCatalogue({ name: 'empty', providers: [] });
  const view = createOperatorView({ bridge: { catalogue }, networks: [], connections: {} } as never, () => false);
  expect(view.sites).toEqual([]);
  catalogue.replace(NETWORK, () => false);
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
  expect(view.readinessProblems()).toEqual(['The registry is unavailable: timeout']);
});
