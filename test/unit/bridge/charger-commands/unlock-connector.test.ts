/** A cable is released after its session, unless the next driver has the connector. */
import { expect, it } from 'vitest';
import type { Order } from '../../../../src/domain/model/order.js';
import type { UnlockConnectorEffect } from '../../../../src/domain/model/effect.js';
import { UnlockCommands, type UnlockCommandsDeps } from '../../../../src/bridge/charger-commands/unlock-connector.js';
import type { CommandResult } from '../../../../src/ports/charger-commands.js';
import { createEventLog } from '../../../fakes/event-log.js';
import { createManualClock, settle } from '../../../fakes/manual-clock.js';

const ORDER = { id: 'o-1', connector: { chargePointId: 'CP1', connectorId: 1 } } as Order;

/** Sends one UnlockConnector. @param nextDriver When the next driver begins. */
async function unlock(answer: CommandResult, nextDriver: 'never' | 'while it waits'): Promise<unknown[]> {
  const clock = createManualClock();
  const effect = { kind: 'unlock-connector', seq: 1, until: clock.now() + 1000 } as UnlockConnectorEffect;
  const handled: unknown[] = [];
  let isInUse = false;
  const deps = {
    clock,
    events: createEventLog(),
    chargePoints: { isReady: () => true },
    transactions: { newestOpenOn: () => (isInUse ? { orderId: 'o-2' } : undefined) },
    orderCache: { openOrdersAt: () => [], findConnectorHolder: () => undefined },
    orders: { handle: async (_order: Order, command: unknown) => void handled.push(command) },
    commandSender: {
      isOnline: () => true,
      sendCommand: async (): Promise<CommandResult> => {
        isInUse = nextDriver === 'while it waits';
        return answer;
      },
    },
  } as unknown as UnlockCommandsDeps;
  new UnlockCommands(deps).handleEffects(ORDER, [effect], { recovered: false });
  await settle(10);
  return handled;
}

const EXPIRED: CommandResult = { kind: 'not-sent', reason: 'expired' };
const FAILED: CommandResult = { kind: 'answered', status: 'UnlockFailed', payload: {} };

it.each([EXPIRED, FAILED])('the cable of a driver before the present one has been released: %j', async (answer) => {
  const detail = 'the connector is in use again';
  expect(await unlock(answer, 'while it waits')).toEqual([{ type: 'unlock-answered', released: true, detail }]);
});

it.each([
  [EXPIRED, false, 'expired'],
  [FAILED, false, 'UnlockFailed'],
  [{ kind: 'answered', status: 'Unlocked', payload: {} } as const, true, 'Unlocked'],
])('without a next driver, the answer decides: %j', async (answer, released, detail) => {
  expect(await unlock(answer, 'never')).toEqual([{ type: 'unlock-answered', released, detail }]);
});
