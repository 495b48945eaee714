/** What a simulated charge point with a display makes of costs it is told. OCA, "OCPP & California Pricing Requirements". */
import { valueAt } from '../buyer-app/catalogue-reading.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { Payload } from './device/ocpp-client.js';
import type { ConnectorSimulator } from './connector.js';

const VENDOR = 'org.openchargealliance.costmsg';

/** The status that answers a DataTransfer. */
export function answerDataTransfer(
  keys: ConfigurationKeys,
  connectors: readonly ConnectorSimulator[],
  payload: Payload,
): string {
  if (payload.vendorId !== VENDOR || !keys.flag('CustomDisplayCostAndPrice')) return 'UnknownVendorId';
  const data = parseData(payload.data);
  switch (payload.messageId) {
    case 'SetUserPrice':
      return typeof valueAt(data, 'priceText') === 'string' ? 'Accepted' : 'Rejected';
    case 'RunningCost':
      return showRunningCost(connectors, data);
    case 'FinalCost':
      return typeof valueAt(data, 'cost') === 'number' ? 'Accepted' : 'Rejected';
    default:
      return 'UnknownMessageId';
  }
}

/** A cost of a transaction that is not here is of no use; a reading that is wanted is sent when its energy has flowed. */
function showRunningCost(connectors: readonly ConnectorSimulator[], data: unknown): string {
  const here = connectors.find((one) => one.view().transaction?.id === valueAt(data, 'transactionId'));
  if (!here || typeof valueAt(data, 'cost') !== 'number') return 'Rejected';
  const kwh = valueAt(data, 'triggerMeterValue', 'atEnergykWh');
  here.sendMeterValuesAt(typeof kwh === 'number' ? kwh * 1000 : undefined);
  return 'Accepted';
}

function parseData(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
