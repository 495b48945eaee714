/** Every business event: how loud it is in the log, and which of its details label its counter. */
import type { EventName } from '../ports/events.js';

export interface EventRow {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Keys of the event's detail. Words from a closed list; never an id. */
  readonly labels: readonly string[];
  readonly help: string;
}

export const EVENTS: { readonly [name in EventName]: EventRow } = {
  'order.changed': { level: 'info', labels: ['to'], help: 'Orders saved in a new state.' },
  'order.refused': { level: 'info', labels: ['code'], help: 'Commands that an order refused.' },
  'order.terminal': { level: 'info', labels: ['state', 'code'], help: 'Orders that ended.' },
  'start.sent': { level: 'info', labels: [], help: 'Start commands put on the wire.' },
  'start.answered': { level: 'info', labels: ['answer'], help: 'Answers to start commands.' },
  'stop.sent': { level: 'info', labels: [], help: 'Stop commands put on the wire.' },
  'stop.answered': { level: 'info', labels: ['answer'], help: 'Answers to stop commands.' },
  'plan.answered': { level: 'info', labels: ['answer'], help: 'Answers to power plans.' },
  'reserve.answered': { level: 'info', labels: ['answer'], help: 'Answers to reservations of connectors.' },
  'cost.refused': {
    level: 'warn',
    labels: ['message', 'answer'],
    help: 'Costs that a charger would not show; it is told no more of them on this socket.',
  },
  'payment.told': { level: 'info', labels: ['state'], help: 'What the payment provider told of payments.' },
  'payment.answered': {
    level: 'info',
    labels: ['errand', 'outcome'],
    help: 'What became of what was asked of the payment provider.',
  },
  'callback.delivered': { level: 'info', labels: ['action'], help: 'Callbacks that a buyer app took.' },
  'callback.failed': { level: 'warn', labels: ['action'], help: 'Attempts that will be repeated.' },
  'callback.unclear': {
    level: 'warn',
    labels: ['action'],
    help: 'Callbacks that a buyer app took without a plain ACK.',
  },
  'callback.refused': { level: 'error', labels: ['action'], help: 'Callbacks that a buyer app refused for good.' },
  'callback.given-up': { level: 'error', labels: ['action'], help: 'Callbacks whose horizon passed.' },
  'callback.invalid': { level: 'error', labels: ['action'], help: 'Callbacks of ours that broke their own schema.' },
  'catalogue.published': { level: 'info', labels: ['kind'], help: 'Catalogues that a discovery service took.' },
  'catalogue.failed': { level: 'warn', labels: [], help: 'Attempts to publish that will be repeated.' },
  'catalogue.rejected': { level: 'error', labels: [], help: 'Catalogues that a discovery service refused.' },
  'request.accepted': { level: 'info', labels: ['action'], help: 'Requests acknowledged.' },
  'request.repeated': { level: 'info', labels: ['action'], help: 'Requests that we had answered before.' },
  'request.refused': { level: 'info', labels: ['action', 'code'], help: 'Requests refused for what they ask.' },
  'door.rejected': { level: 'warn', labels: ['reason'], help: 'Requests rejected before they were understood.' },
  'registry.failed': { level: 'warn', labels: [], help: 'Registry look-ups that failed.' },
  'registry.stale': { level: 'warn', labels: [], help: 'Keys used beyond their time, the registry being away.' },
  'registry.subscribed': {
    level: 'info',
    labels: ['step'],
    help: 'Steps of a subscription: asked for, challenge answered.',
  },
  'registry.challenge-refused': { level: 'warn', labels: ['reason'], help: 'Challenges that were not answered.' },
  'charger.connected': { level: 'info', labels: ['version'], help: 'Charger sockets opened.' },
  'charger.disconnected': { level: 'info', labels: [], help: 'Charger sockets closed.' },
  'charger.replaced': { level: 'warn', labels: [], help: 'Charger sockets replaced by a newer one.' },
  'charger.refused': { level: 'warn', labels: ['reason'], help: 'Charger handshakes refused.' },
  'charger.flapping': { level: 'error', labels: [], help: 'Identities that two living sockets fought for too often.' },
  'charger.quarantined': {
    level: 'error',
    labels: ['reason'],
    help: 'Charge points that are asked for no start until an operator has cleared them.',
  },
  'charger.serial-differs': {
    level: 'error',
    labels: [],
    help: 'Boots whose serial number is not their certificate’s.',
  },
  'charger.adopted': { level: 'info', labels: [], help: 'Charge points that an operator made known.' },
  'charger.password-changed': { level: 'info', labels: ['result'], help: 'Password changes of chargers.' },
  'charger.certificate-signed': { level: 'info', labels: [], help: 'Certificates signed for chargers.' },
  'charger.certificate-refused': { level: 'warn', labels: ['reason'], help: 'Certificate requests refused.' },
  'tls.renewed': { level: 'info', labels: [], help: 'Certificates taken over from changed files.' },
  'tls.failed': { level: 'error', labels: [], help: 'Certificate files that could not be used; the old ones stay.' },
  'charger.booted': { level: 'info', labels: ['status'], help: 'BootNotifications answered.' },
  'charger.frame-dropped': { level: 'warn', labels: ['reason'], help: 'Frames from chargers that were not usable.' },
  'charger.call-error': { level: 'warn', labels: ['code'], help: 'CALLERRORs sent to or received from chargers.' },
  'charger.late-answer': { level: 'warn', labels: [], help: 'Answers of chargers after we had given up.' },
  'charger.security-event': { level: 'error', labels: ['type'], help: 'Critical security events that chargers told.' },
  'charger.note-dropped': { level: 'warn', labels: ['action'], help: 'News of chargers that told too much to keep.' },
  'operator.command': { level: 'info', labels: ['action'], help: 'Commands of operators to chargers.' },
  'operator.boot-answer': { level: 'info', labels: ['answer'], help: 'Boots that operators said how to answer.' },
  'operator.quarantine-cleared': { level: 'info', labels: [], help: 'Quarantines that operators ended.' },
  'charger.lenient': {
    level: 'debug',
    labels: ['keyword'],
    help: 'Faults of charger messages that were read all the same.',
  },
  'charger.sinned': { level: 'warn', labels: ['keyword'], help: 'Rules that a charger broke for the first time here.' },
  'charger.quirk-detected': { level: 'info', labels: ['quirk'], help: 'Quirks that a charger has given away.' },
  'rating.received': { level: 'info', labels: ['category', 'value'], help: 'Ratings of buyer apps that were kept.' },
  'row.opened': { level: 'warn', labels: ['kind'], help: 'Reconciliation rows opened.' },
  'row.closed': { level: 'info', labels: ['kind'], help: 'Reconciliation rows closed by a person.' },
  'store.failed': { level: 'error', labels: [], help: 'Reads or writes that the store could not do.' },
  bug: { level: 'error', labels: [], help: 'Things that cannot happen, and did. Please report.' },
};
