/**
 * Operator commands to chargers and orders: they are checked, stored before they are sent, and their results are
 * stored. Notifications of chargers are stored before they are acknowledged.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSodium } from '../../../../src/beckn/signing/signature.js';
import type { Json } from '../../../../src/domain/model/object.js';
import type { LogEntry } from '../../../../src/ports/stored-records.js';
import { type BridgeHarness, createBridgeHarness } from '../../../fakes/bridge-harness.js';

let harness: BridgeHarness;
beforeEach(async () => {
  await loadSodium();
  harness = await createBridgeHarness();
});
afterEach(() => harness.stop());

const COMMAND = {
  chargePointId: 'CP1',
  action: 'Reset',
  payload: { type: 'Soft' },
  expiresAfterMs: 30_000,
  timeoutMs: 30_000,
} as const;

const commandsOf = (id = 'CP1'): Promise<LogEntry[]> =>
  harness.store.listLogEntries({ chargePointId: id, kind: 'command', limit: 9 });
const toldBy = (id = 'CP1'): Promise<LogEntry[]> =>
  harness.store.listLogEntries({ chargePointId: id, kind: 'notification', limit: 9 });

const setVariable = (name: string, attributeValue: string) => ({
  ...{ component: { name: 'OCPPCommCtrlr' }, variable: { name }, attributeValue },
});

describe('a command of an operator', () => {
  it('is kept before it leaves, and its answer with it', async () => {
    let keptBefore: Promise<LogEntry[]> | undefined;
    harness.behaviour.answer = () => {
      keptBefore = commandsOf();
      return { kind: 'answered', status: 'Accepted', payload: { status: 'Accepted' } };
    };
    const sent = await harness.bridge.operatorCommands.send(COMMAND);
    expect((await keptBefore)?.map((note) => note.detail)).toEqual([{ payload: { type: 'Soft' }, state: 'asked' }]);
    expect(harness.commands).toEqual([{ type: 'action', action: 'Reset', payload: { type: 'Soft' } }]);
    expect(sent).toMatchObject({
      kind: 'command',
      action: 'Reset',
      detail: { payload: { type: 'Soft' }, state: 'answered', status: 'Accepted', response: { status: 'Accepted' } },
    });
    expect(await commandsOf()).toEqual([sent]);
  });

  it.each([
    [{ kind: 'error', code: 'NotSupported', description: 'no' } as const, { state: 'error', code: 'NotSupported' }],
    [{ kind: 'unknown', reason: 'timeout' } as const, { state: 'unknown', reason: 'timeout' }],
    [
      { kind: 'not-sent', reason: 'invalid', detail: '/type: must be one of' } as const,
      { state: 'not-sent', reason: 'invalid', description: '/type: must be one of' },
    ],
  ])('says what became of it: %j', async (answer, detail) => {
    harness.behaviour.answer = () => answer;
    expect(await harness.bridge.operatorCommands.send(COMMAND)).toMatchObject({ detail });
  });

  it('is not sent when it cannot be kept', async () => {
    harness.behaviour.diskFull = true;
    await expect(harness.bridge.operatorCommands.send(COMMAND)).rejects.toMatchObject({ name: 'StoreFault' });
    expect(harness.commands).toEqual([]);
    harness.behaviour.diskFull = false;
  });

  it('shows a result that could not be saved, and saves it with the next command', async () => {
    harness.behaviour.answer = () => {
      harness.behaviour.diskFull = true;
      return { kind: 'answered', status: 'Rejected', payload: { status: 'Rejected' } };
    };
    await expect(harness.bridge.operatorCommands.send(COMMAND)).rejects.toMatchObject({ name: 'StoreFault' });
    const result = { state: 'answered', status: 'Rejected' };
    const [stored] = await commandsOf();
    expect(stored?.detail).toMatchObject({ state: 'asked' });
    expect(stored && harness.bridge.operatorCommands.withRestartOutcome(stored).detail).toMatchObject(result);
    harness.behaviour.diskFull = false;
    harness.behaviour.answer = () => ({ kind: 'unknown', reason: 'timeout' });
    await harness.clock.advance(1000);
    await harness.bridge.operatorCommands.send(COMMAND);
    expect((await commandsOf()).map(({ detail }) => detail)).toMatchObject([{ state: 'unknown' }, result]);
  });

  it.each([
    [{ ...COMMAND, chargePointId: 'nobody' }, 'unknown-charge-point'],
    [{ ...COMMAND, action: 'UpdateFirmware', payload: {} }, 'forbidden'],
    [{ ...COMMAND, action: 'ChangeConfiguration', payload: { key: 'AuthorizationKey', value: 'AB' } }, 'credential'],
    [
      {
        ...COMMAND,
        action: 'SetVariables',
        payload: {
          setVariableData: [
            { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' }, attributeValue: 'x' },
          ],
        },
      },
      'credential',
    ],
    [
      {
        ...COMMAND,
        action: 'SetNetworkProfile',
        payload: { configurationSlot: 1, connectionData: { identity: 'CP1', basicAuthPassword: 'x' } },
      },
      'credential',
    ],
  ])('is refused without a trace: %j', async (command, refused) => {
    expect(await harness.bridge.operatorCommands.send(command)).toMatchObject({ refused });
    expect(harness.commands).toEqual([]);
    expect(await commandsOf(command.chargePointId)).toEqual([]);
  });

  it.each<[string, Json]>([
    ['SetVariables', { setVariableData: [setVariable('URL', 'wss://user:secret@host/path?token=1')] }],
    ['SetVariables', { setVariableData: [setVariable('Note', 'BasicAuthPassword')] }],
    ['ChangeConfiguration', { key: 'URL', value: 'https://host/path?token=1' }],
    ['SetNetworkProfile', { configurationSlot: 1, connectionData: { vpn: { user: 'u', password: 'x' } } }],
  ])('is sent by %s, whatever looks like a credential in its values: %j', async (action, payload) => {
    await harness.connect();
    const command = { ...COMMAND, action, payload: payload as { readonly [key: string]: Json } };
    expect(await harness.bridge.operatorCommands.send(command)).toMatchObject({ kind: 'command' });
    expect(harness.commands.at(-1)).toEqual({ type: 'action', action, payload });
    expect(JSON.stringify(await commandsOf())).not.toMatch(/secret|token/);
  });

  it('that a restart interrupted is shown as unknown', async () => {
    const note: LogEntry = {
      id: 'n1',
      chargePointId: 'CP1',
      at: 1,
      kind: 'command',
      action: 'Reset',
      detail: { payload: {}, state: 'asked' },
    };
    expect(harness.bridge.operatorCommands.withRestartOutcome(note).detail).toEqual({
      payload: {},
      state: 'unknown',
      reason: 'restarted',
    });
  });

  it('never shows a credential that a charger answers with', async () => {
    const configurationKey = [
      { key: 'AuthorizationKey', readonly: false, value: 'CAFE' },
      { key: 'HeartbeatInterval', readonly: false, value: '60' },
    ];
    harness.behaviour.answer = () => ({ kind: 'answered', payload: { configurationKey } });
    await harness.bridge.operatorCommands.send({ ...COMMAND, action: 'GetConfiguration', payload: {} });
    const kept = JSON.stringify(await commandsOf());
    expect(kept).toContain('"60"');
    expect(kept).not.toContain('CAFE');
  });
});

describe('an order that an operator ends', () => {
  it('is stopped while its session runs, and says who stopped it', async () => {
    await harness.connect();
    const order = await harness.confirm();
    await harness.startTransaction(order, 1000);
    expect(await harness.bridge.operatorCommands.stop(order.id)).toBeUndefined();
    expect((await harness.order(order.id)).session?.stop?.reason).toBe('operator');
    expect(harness.commands.at(-1)).toMatchObject({ type: 'remote-stop' });
    expect(await harness.bridge.operatorCommands.cancel(order.id)).toMatchObject({ code: 'cancellation-not-possible' });
  });

  it('is cancelled before it began, with its money back', async () => {
    await harness.connect();
    await harness.disconnect();
    const order = await harness.confirm({ paid: 10_000 });
    expect(await harness.bridge.operatorCommands.cancel(order.id)).toBeUndefined();
    const ended = await harness.order(order.id);
    expect(ended).toMatchObject({ state: 'cancelled', outcome: { code: 'cancelled-by-operator' } });
    expect(ended.bill).toMatchObject({ total: 0, refund: 10_000 });
  });

  it('must be there', async () => {
    expect(await harness.bridge.operatorCommands.stop('none')).toMatchObject({ code: 'order-unknown' });
  });
});

describe('what a charger tells that moves no order', () => {
  const tell = (payload: { readonly [key: string]: string }, action = 'FirmwareStatusNotification') =>
    harness.sendEvent({ type: 'notification-received', action, payload });

  it('is kept before it is acknowledged', async () => {
    expect(await tell({ status: 'Installed' })).toMatchObject({ type: 'notification-received' });
    expect(await toldBy()).toMatchObject([{ action: 'FirmwareStatusNotification', detail: { status: 'Installed' } }]);
  });

  it('is not acknowledged when it cannot be kept', async () => {
    harness.behaviour.diskFull = true;
    await expect(tell({ status: 'Installed' })).rejects.toMatchObject({ name: 'StoreFault' });
    harness.behaviour.diskFull = false;
  });

  it('rings when it is a critical security event, and only then', async () => {
    await tell({ type: 'TamperDetectionActivated', timestamp: '2026-01-01T00:00:00Z' }, 'SecurityEventNotification');
    await tell({ type: 'SettingChanged', timestamp: '2026-01-01T00:00:00Z' }, 'SecurityEventNotification');
    expect(harness.events.of('charger.security-event')).toMatchObject([{ type: 'TamperDetectionActivated' }]);
  });

  it('is counted and acknowledged, not kept, once it is a flood', async () => {
    for (let i = 0; i < 1005; i += 1) await tell({ status: 'Idle' });
    expect(harness.events.of('charger.notification-dropped')).toHaveLength(5);
    await harness.clock.advance(3_600_000);
    await tell({ status: 'Installed' });
    expect((await toldBy())[0]).toMatchObject({ detail: { status: 'Installed' } });
  });
});
