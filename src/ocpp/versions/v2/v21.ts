/** Defines OCPP 2.1 as 2.0.1 with the messages that 2.1 adds or extends. */
import type { Json } from '../../../domain/model/object.js';
import { isPayload, objectsOf, textOf, type Payload } from '../../frames/payload.js';
import { acknowledgeOnly, acknowledgeWith, route, type MessageDefinition } from '../routes.js';
import { formatTime } from '../timestamps.js';
import type { OcppVersion } from '../version.js';
import { MESSAGES, TRANSACTION_EVENT } from './inbound.js';
import { writeResponseWithLimit } from './transactions.js';
import { createVersion2 } from './v201.js';

/** @source OCPP 2.1 part 2 */
const ADDED_MESSAGES: readonly MessageDefinition[] = [
  route<'transaction-event'>('TransactionEvent', { ...TRANSACTION_EVENT, writeResponse: writeResponseWithLimit }),
  acknowledgeOnly('BatterySwap'),
  acknowledgeOnly('ClosePeriodicEventStream'),
  acknowledgeWith('GetCertificateChainStatus', failedChainStatuses),
  acknowledgeOnly('NotifyDERAlarm'),
  acknowledgeOnly('NotifyDERStartStop'),
  { ...acknowledgeOnly('NotifyPeriodicEventStream'), sendOnly: true },
  acknowledgeOnly('NotifyPriorityCharging'),
  acknowledgeOnly('NotifySettlement'),
  acknowledgeOnly('OpenPeriodicEventStream', { status: 'Rejected' }),
  acknowledgeOnly('PullDynamicScheduleUpdate', { status: 'Rejected' }),
  acknowledgeOnly('ReportDERControl'),
  acknowledgeWith('VatNumberValidation', (request) => ({
    status: 'Rejected',
    vatNumber: isPayload(request) ? (textOf(request, 'vatNumber') ?? '') : '',
  })),
];

/**
 * Answers each requested certificate status with `Failed`, because we check no certificates. `nextUpdate` allows
 * another request at once.
 */
function failedChainStatuses(request: Json, now: number): Payload {
  const requests = isPayload(request) ? objectsOf(request, 'certificateStatusRequests') : [];
  return {
    certificateStatus: requests.map(({ certificateHashData = {}, source = 'OCSP' }) => ({
      certificateHashData,
      source,
      status: 'Failed',
      nextUpdate: formatTime(now),
    })),
  };
}

export const v21: OcppVersion = createVersion2('2.1', [...MESSAGES, ...ADDED_MESSAGES]);
