/** Answers DataTransfer messages for a cost display. @source OCA, "OCPP & California Pricing Requirements". */
import { parseJson, valueAt } from '../runtime/json.js';
import type { ControllableConnector } from './call-handler.js';
import type { ConfigurationKeys } from './device/configuration-keys.js';
import type { Payload } from './device/ocpp-client.js';

const VENDOR_ID = 'org.openchargealliance.costmsg';

/** @returns The status of the DataTransfer response. */
export function answerDataTransfer(
  keys: ConfigurationKeys,
  connectors: readonly ControllableConnector[],
  { vendorId, messageId, data }: Payload,
): string {
  if (vendorId !== VENDOR_ID || !keys.flag('CustomDisplayCostAndPrice')) return 'UnknownVendorId';
  const content = typeof data === 'string' ? parseJson(data) : undefined;
  switch (messageId) {
    case 'SetUserPrice':
      return typeof valueAt(content, 'priceText') === 'string' ? 'Accepted' : 'Rejected';
    case 'RunningCost':
      return showRunningCost(connectors, content);
    case 'FinalCost':
      return typeof valueAt(content, 'cost') === 'number' ? 'Accepted' : 'Rejected';
    default:
      return 'UnknownMessageId';
  }
}

/**
 * Accepts the cost of a transaction that is running here. If the message names a register value, meter values are sent
 * once the register reaches it; a value from an earlier message is dropped.
 */
function showRunningCost(connectors: readonly ControllableConnector[], content: unknown): string {
  const transactionId = valueAt(content, 'transactionId');
  const connector = connectors.find((one) => one.view().transaction?.id === transactionId);
  if (!connector || typeof valueAt(content, 'cost') !== 'number') return 'Rejected';
  const registerKwh = valueAt(content, 'triggerMeterValue', 'atEnergykWh');
  connector.sendMeterValuesAt(typeof registerKwh === 'number' ? registerKwh * 1_000 : undefined);
  return 'Accepted';
}
