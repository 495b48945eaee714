/** The framing rules of every version, with payloads of 1.6 behind them: framing does not look into a payload. */
import { errorCode } from '../../../src/ocpp/errors.js';
import { v16 } from '../../../src/ocpp/versions/v16.js';
import type { OcppVersion, SendRoute } from '../../../src/ocpp/versions/version.js';

export function versionNamed(name: '1.6' | '2.0.1' | '2.1'): OcppVersion {
  if (name === '1.6') return v16;
  const action = 'FirmwareStatusNotification';
  const route = v16.routes.get(action);
  if (!route) throw new Error(`1.6 has no ${action}`);
  const send: SendRoute = { check: route.request, read: (payload, raw, now) => route.read(payload, raw, now) };
  return {
    ...v16,
    name,
    subprotocol: `ocpp${name}`,
    errorCode: (kind) => errorCode(kind, '2.0.1'),
    ...(name === '2.1' && { sends: new Map([[action, send]]) }),
  };
}
