/** What a simulated charge point with a display makes of costs it is told. OCA, "OCPP & California Pricing Requirements". */
import { at } from '../buyer-app/catalogue-reading.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { Payload } from './device/ocpp-client.js';
import type { ConnectorSim } from './connector.js';

const VENDOR = 'org.openchargealliance.costmsg';

/** The status that answers a DataTransfer. */
export function answerTransfer(keys: ConfigurationKeys, connectors: readonly ConnectorSim[], payload: Payload): string {
  if (payload.vendorId !== VENDOR || !keys.flag('CustomDisplayCostAndPrice')) return 'UnknownVendorId';
  const data = dataOf(payload.data);
  switch (payload.messageId) {
    case 'SetUserPrice':
      return typeof at(data, 'priceText') === 'string' ? 'Accepted' : 'Rejected';
    case 'RunningCost':
      return showRunning(connectors, data);
    case 'FinalCost':
      return typeof at(data, 'cost') === 'number' ? 'Accepted' : 'Rejected';
    default:
      return 'UnknownMessageId';
  }
}

/** A cost of a transaction that is not here is of no use; a reading that is wanted is sent when its energy has flowed. */
function showRunning(connectors: readonly ConnectorSim[], data: unknown): string {
  const here = connectors.find((one) => one.view().transaction?.id === at(data, 'transactionId'));
  if (!here || typeof at(data, 'cost') !== 'number') return 'Rejected';
  const kwh = at(data, 'triggerMeterValue', 'atEnergykWh');
  here.sampleAt(typeof kwh === 'number' ? kwh * 1000 : undefined);
  return 'Accepted';
}

function dataOf(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
