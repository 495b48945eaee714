/** Lists the events with their log level, the details that label their counter, and their help text. */
import type { EventName } from '../ports/events.js';

export interface EventDefinition {
  readonly level: 'error' | 'warn' | 'info' | 'debug';
  /** Keys of the event's details that label its counter. They take few different values; an id is never a label. */
  readonly labels: readonly string[];
  readonly help: string;
  /**
   * Present if strangers or a faulty charger can cause the event without limit. Per combination of these details, at
   * most 20 lines per minute are logged; the counter counts every event.
   */
  readonly sampledBy?: readonly string[];
}

export const EVENTS: { readonly [name in EventName]: EventDefinition } = {
  'order.changed': { level: 'info', labels: ['to'], help: 'Orders saved in a new state.' },
  'order.refused': { level: 'info', labels: ['code'], help: 'Commands that an order refused.' },
  'order.terminal': { level: 'info', labels: ['state', 'code'], help: 'Orders that ended.' },
  'order.overshot': {
    level: 'info',
    labels: ['beyond'],
    help: 'Sessions that exceeded their energy limit, by how far.',
  },
  'start.sent': { level: 'info', labels: [], help: 'Start commands sent to chargers.' },
  'start.answered': { level: 'info', labels: ['answer'], help: 'Responses of chargers to start commands.' },
  'stop.sent': { level: 'info', labels: [], help: 'Stop commands sent to chargers.' },
  'stop.answered': { level: 'info', labels: ['answer'], help: 'Responses of chargers to stop commands.' },
  'charging-profile.answered': {
    level: 'info',
    labels: ['answer'],
    help: 'Responses of chargers to charging profiles.',
  },
  'reservation.answered': { level: 'info', labels: ['answer'], help: 'Responses of chargers to reservations.' },
  'cost.refused': {
    level: 'warn',
    labels: ['message', 'answer'],
    help: 'Cost messages that a charger refused; it gets no more of that type on the same connection.',
  },
  'payment.update': { level: 'info', labels: ['state'], help: 'Payment updates from the payment provider.' },
  'payment.unreadable': {
    level: 'error',
    labels: [],
    help: 'Signed notifications of the payment provider that cannot be read; the problem names the field.',
  },
  'payment.answered': {
    level: 'info',
    labels: ['request', 'outcome'],
    help: 'Results of payment requests to the payment provider.',
  },
  'callback.target-opened': {
    level: 'warn',
    labels: ['scheme'],
    help: 'Private or unencrypted callback targets that the settings opened, counted at each start.',
  },
  'callback.delivered': { level: 'info', labels: ['action'], help: 'Callbacks that a buyer app accepted.' },
  'callback.failed': { level: 'warn', labels: ['action'], help: 'Failed callback attempts that will be retried.' },
  'callback.unclear': {
    level: 'warn',
    labels: ['action'],
    help: 'Callbacks that a buyer app accepted without a plain ACK.',
  },
  'callback.refused': { level: 'error', labels: ['action'], help: 'Callbacks that a buyer app refused permanently.' },
  'callback.given-up': { level: 'error', labels: ['action'], help: 'Callbacks that were given up at their deadline.' },
  'callback.invalid': {
    level: 'error',
    labels: ['action'],
    help: 'Callbacks of ours that violate their own schema; they are not sent.',
  },
  'catalogue.published': { level: 'info', labels: ['kind'], help: 'Catalogues that a discovery service accepted.' },
  'catalogue.failed': { level: 'warn', labels: [], help: 'Failed publications that will be retried.' },
  'catalogue.rejected': { level: 'error', labels: [], help: 'Catalogues that a discovery service refused.' },
  'request.accepted': { level: 'info', labels: ['action'], help: 'Requests that we acknowledged.' },
  'request.repeated': { level: 'info', labels: ['action'], help: 'Repeats of requests that we had answered before.' },
  'request.refused': { level: 'info', labels: ['action', 'code'], help: 'Requests that we understood and refused.' },
  'request.rejected': {
    level: 'warn',
    labels: ['reason'],
    help: 'Requests that we rejected before interpreting them: signature, format, context, schema.',
    sampledBy: ['reason', 'subscriberId'],
  },
  'request.stale': {
    level: 'warn',
    labels: ['action'],
    help: 'Requests that we acknowledged after their ttl had passed, by how many seconds.',
    sampledBy: ['action', 'subscriberId'],
  },
  'connection.refused': {
    level: 'warn',
    labels: ['reason'],
    help: 'Connections to the Beckn port that were closed because their address, or all addresses together, hold too many.',
    sampledBy: ['reason'],
  },
  'registry.failed': { level: 'warn', labels: [], help: 'Failed registry lookups.', sampledBy: [] },
  'registry.stale': {
    level: 'warn',
    labels: [],
    help: 'Expired keys that were used because the registry is unavailable.',
    sampledBy: ['subscriberId'],
  },
  'registry.subscribed': {
    level: 'info',
    labels: ['step'],
    help: 'Steps of a subscription: requested, challenge answered.',
  },
  'registry.challenge-refused': {
    level: 'warn',
    labels: ['reason'],
    help: 'Registry challenges that we refused to answer.',
    sampledBy: ['reason'],
  },
  'charger.connected': { level: 'info', labels: ['version'], help: 'Charger connections opened.' },
  'charger.disconnected': { level: 'info', labels: [], help: 'Charger connections closed.' },
  'charger.replaced': {
    level: 'warn',
    labels: [],
    help: 'Charger connections that a newer one replaced.',
    sampledBy: ['chargePointId'],
  },
  'charger.refused': { level: 'warn', labels: ['reason'], help: 'Refused charger handshakes.', sampledBy: ['reason'] },
  'charger.flapping': {
    level: 'error',
    labels: [],
    help: 'Identities that two live connections claimed too often.',
    sampledBy: ['chargePointId'],
  },
  'charger.quarantined': {
    level: 'error',
    labels: ['reason'],
    help: 'Charge points put under quarantine: no session starts there until an operator lifts it.',
  },
  'charger.serial-differs': {
    level: 'error',
    labels: [],
    help: 'BootNotifications whose serial number differs from the one in the client certificate.',
  },
  'charger.approved': { level: 'info', labels: [], help: 'Charge points that an operator approved.' },
  'charger.spelling-removed': {
    level: 'info',
    labels: [],
    help: 'Spellings of an identity that an operator took back.',
  },
  'charger.password-changed': { level: 'info', labels: ['result'], help: 'Password changes of chargers.' },
  'charger.certificate-signed': { level: 'info', labels: [], help: 'Certificates signed for chargers.' },
  'charger.certificate-refused': { level: 'warn', labels: ['reason'], help: 'Certificate requests refused.' },
  'tls.renewed': { level: 'info', labels: [], help: 'TLS certificates reloaded from changed files.' },
  'tls.expiring': { level: 'warn', labels: [], help: 'Warnings, once a day, that a served TLS certificate ends soon.' },
  'tls.failed': {
    level: 'error',
    labels: [],
    help: 'Reports, once a day, of certificate files that cannot be loaded; the previous certificates stay in use.',
  },
  'charger.booted': { level: 'info', labels: ['status'], help: 'BootNotifications answered.' },
  'charger.frame-dropped': {
    level: 'warn',
    labels: ['reason'],
    help: 'Unusable frames from chargers.',
    sampledBy: ['chargePointId', 'reason'],
  },
  'charger.call-error': {
    level: 'warn',
    labels: ['code'],
    help: 'CALLERRORs sent to or received from chargers.',
    sampledBy: ['chargePointId', 'code'],
  },
  'charger.late-answer': {
    level: 'warn',
    labels: [],
    help: 'Responses of chargers that arrived after the timeout.',
    sampledBy: ['chargePointId'],
  },
  'charger.security-event': {
    level: 'error',
    labels: ['type'],
    help: 'Critical security events that chargers reported.',
  },
  'charger.notification-dropped': {
    level: 'warn',
    labels: ['action'],
    help: 'Notifications dropped because their charger sends too many.',
    sampledBy: ['chargePointId'],
  },
  'operator.command': { level: 'info', labels: ['action'], help: 'Commands of operators to chargers.' },
  'operator.boot-answer': { level: 'info', labels: ['answer'], help: 'Boot policies set by operators.' },
  'operator.quarantine-cleared': { level: 'info', labels: [], help: 'Quarantines that operators lifted.' },
  'operator.token-refused': {
    level: 'warn',
    labels: ['reason'],
    help: "Requests to the operator's API without a token or with a wrong one.",
    sampledBy: ['address'],
  },
  'charger.violation-tolerated': {
    level: 'debug',
    labels: ['keyword'],
    help: 'Faulty charger messages that were accepted leniently.',
  },
  'charger.protocol-violation': {
    level: 'warn',
    labels: ['keyword'],
    help: 'Protocol rules that a charger broke for the first time.',
    sampledBy: ['chargePointId', 'keyword'],
  },
  'charger.quirk-detected': { level: 'info', labels: ['quirk'], help: 'Quirks detected in a charger.' },
  'charger.quirk-suggested': {
    level: 'warn',
    labels: ['quirk'],
    help: 'Quirks that the readings of a session point to; an operator may switch them on.',
  },
  'rating.received': { level: 'info', labels: ['category', 'value'], help: 'Ratings received from buyer apps.' },
  'discrepancy.opened': { level: 'warn', labels: ['kind'], help: 'Discrepancies opened.' },
  'discrepancy.closed': { level: 'info', labels: ['kind'], help: 'Discrepancies closed by an operator.' },
  'clock.stepped': {
    level: 'error',
    labels: ['direction'],
    help: "Steps of the host's clock. Running sessions keep the time before; the new time counts when none depends on it.",
  },
  'network.changed': { level: 'info', labels: [], help: 'Changes of what is sold.' },
  'network.empty': { level: 'warn', labels: [], help: 'Starts with an empty network, so that nothing is sold.' },
  'config.reloaded': { level: 'info', labels: ['outcome'], help: 'Reloads of the settings while running.' },
  'store.lease-lost': {
    level: 'error',
    labels: [],
    help: 'Times that another process took over the database; this process then ends.',
  },
  'frame.kept': {
    level: 'warn',
    labels: ['message'],
    help: 'Messages about transactions that were answered from the frame journal, because the store did not take them.',
    sampledBy: ['message'],
  },
  'frame.replayed': {
    level: 'info',
    labels: ['message'],
    help: 'Messages that went from the frame journal to the store.',
    sampledBy: ['message'],
  },
  'frame.not-kept': {
    level: 'error',
    labels: ['reason'],
    help: 'Messages about transactions that were left without an answer, because the frame journal is full or fails.',
    sampledBy: ['reason'],
  },
  'frame.journal-small': {
    level: 'warn',
    labels: [],
    help: 'Starts with a frame journal below store.frameJournalBytes, because the disk has no room. Free some, and restart.',
  },
  'store.damaged': {
    level: 'error',
    labels: [],
    help: 'Damaged parts of files of the store; they are set aside and the rest is used.',
  },
  'store.repaired': { level: 'warn', labels: [], help: 'Repairs of the store, with what was lost or is doubtful.' },
  'store.mark-failed': {
    level: 'error',
    labels: [],
    help: 'Times that store-origin.json could not be written: a backup that is put back later may not be recognised.',
  },
  'store.muted': {
    level: 'error',
    labels: [],
    help: 'Starts with data that was last used elsewhere: nothing is sent or accepted until it is accepted.',
  },
  'disk.full': { level: 'error', labels: [], help: 'Times that the disk was full and the ballast was removed.' },
  'disk.freed': { level: 'warn', labels: [], help: 'Times that the disk had room again and the ballast was put back.' },
  'store.failed': { level: 'error', labels: [], help: 'Reads or writes that the store could not carry out.' },
  bug: { level: 'error', labels: [], help: 'Internal errors. Please report them.' },
};
