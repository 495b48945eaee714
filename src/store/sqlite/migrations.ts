import { numberOf, type SqliteHandle } from './connection.js';

/** Marks a file as a database of this program (`PRAGMA application_id`): "BOB" and the generation of the layout. */
const APPLICATION_ID = 0x42_4f_42_02;

/**
 * The steps from an empty file to the current layout; `user_version` counts the steps taken. A released step is never
 * edited: a change of the layout appends a step.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    bap_id TEXT NOT NULL,
    beckn_transaction_id TEXT NOT NULL,
    id_tag TEXT,
    connector TEXT NOT NULL,
    claims_connector INTEGER NOT NULL,
    open INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    payment_reference TEXT
  ) STRICT;
  CREATE UNIQUE INDEX orders_connector_claim ON orders (connector) WHERE claims_connector = 1;
  CREATE UNIQUE INDEX orders_id_tag ON orders (id_tag) WHERE id_tag IS NOT NULL;
  CREATE INDEX orders_beckn_transaction ON orders (bap_id, beckn_transaction_id, created_at);
  CREATE INDEX orders_open ON orders (open) WHERE open = 1;
  CREATE INDEX orders_payment_reference ON orders (payment_reference, created_at) WHERE payment_reference IS NOT NULL;
  CREATE INDEX orders_newest ON orders (created_at, id);
  CREATE INDEX orders_state ON orders (state, created_at, id);

  CREATE TABLE requests (
    key TEXT PRIMARY KEY,
    owed INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX requests_owed ON requests (owed) WHERE owed = 1;
  CREATE INDEX requests_settled ON requests (received_at) WHERE owed = 0;

  CREATE TABLE transactions (
    charge_point_id TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    start_key TEXT NOT NULL,
    open INTEGER NOT NULL,
    unmatched INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (charge_point_id, transaction_id)
  ) STRICT;
  CREATE INDEX transactions_start ON transactions (start_key);
  CREATE INDEX transactions_newest ON transactions (received_at, charge_point_id, transaction_id);
  CREATE INDEX transactions_open ON transactions (received_at) WHERE open = 1;

  -- Between which positions of the meter journal an order's entries lie; no last one while the order is open.
  CREATE TABLE journal_ranges (
    order_id TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER
  ) STRICT, WITHOUT ROWID;
  -- A position where a record of the journal begins, or its end, and the highest seq before it.
  CREATE TABLE journal_checkpoint (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;

  CREATE TABLE charge_points (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;

  CREATE TABLE discrepancies (id TEXT PRIMARY KEY, at INTEGER NOT NULL, open INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX discrepancies_newest ON discrepancies (at, id);
  CREATE INDEX discrepancies_open ON discrepancies (at, id) WHERE open = 1;

  CREATE TABLE charge_point_log (
    id TEXT PRIMARY KEY,
    charge_point_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX charge_point_log_newest ON charge_point_log (charge_point_id, kind, at, id);
  CREATE INDEX charge_point_log_at ON charge_point_log (at);

  CREATE TABLE key_values (name TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
  CREATE TABLE numbers (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT;

  -- The five minutes of a connector that a booked slot touches: nobody else's.
  CREATE TABLE reservation_intervals (interval_key TEXT PRIMARY KEY, order_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX reservation_intervals_order ON reservation_intervals (order_id);

  CREATE TABLE ledger (id TEXT PRIMARY KEY, bap_id TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX ledger_newest ON ledger (at, id);
  CREATE INDEX ledger_bap ON ledger (bap_id, at, id);
  -- What was posted stays posted, whoever has the file open.
  CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is not changed'); END;
  CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is not changed'); END;

  CREATE TABLE ratings (id TEXT PRIMARY KEY, order_id TEXT, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX ratings_newest ON ratings (at, id);
  CREATE INDEX ratings_order ON ratings (order_id, at, id) WHERE order_id IS NOT NULL;
  `,
  `
  ALTER TABLE orders ADD COLUMN provider_id TEXT;
  ALTER TABLE orders ADD COLUMN station_id TEXT;
  ALTER TABLE orders ADD COLUMN transaction_id TEXT;
  UPDATE orders SET provider_id = json_extract(doc, '$.connector.providerId'),
    station_id = json_extract(doc, '$.connector.stationId'), transaction_id = json_extract(doc, '$.session.transactionId');
  -- What an operator filters by is in the index, so that a document is read only if it is returned.
  DROP INDEX orders_newest;
  CREATE INDEX orders_newest ON orders (created_at, id, state, open, bap_id, beckn_transaction_id, transaction_id,
    provider_id, station_id, connector);
  CREATE INDEX transactions_id ON transactions (transaction_id);
  CREATE INDEX transactions_order ON transactions (json_extract(doc, '$.orderId'));
  CREATE INDEX discrepancies_order ON discrepancies (json_extract(doc, '$.orderId'));
  CREATE INDEX ledger_order ON ledger (json_extract(doc, '$.orderId'));

  CREATE TABLE audit (id TEXT PRIMARY KEY, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX audit_newest ON audit (at, id);
  -- What was done stays on record, whoever has the file open. Only an act without an outcome gets one.
  CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit WHEN json_extract(OLD.doc, '$.outcome') <> 'begun'
    BEGIN SELECT RAISE(ABORT, 'the audit record is not changed'); END;
  CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit record is not changed'); END;
  `,
];

const CURRENT_LAYOUT = MIGRATIONS.length;

/**
 * Brings the database to a layout, by default the current one.
 * @errors Throws if a release before 0.2.0, or one with a newer layout, wrote the file, which is left untouched.
 */
export function migrate(db: SqliteHandle, target = CURRENT_LAYOUT): void {
  const { version, isOurs } = marksOf(db);
  if (version > 0 && !isOurs) {
    throw new Error(
      'a release before 0.2.0 wrote this database, and its data cannot be converted: ' +
        'finish its orders with that release, then start this one with an empty store.path',
    );
  }
  refuseNewer(version);
  MIGRATIONS.slice(version, target).forEach((step, i) => {
    const marks = `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${version + i + 1}`;
    db.exec(`BEGIN IMMEDIATE; ${step} ${marks}; COMMIT`);
  });
}

/**
 * Returns the layout of a damaged database. Without readable marks, it counts as the current one.
 * @errors Throws if a release with a newer layout wrote the file.
 */
export function layoutOf(db: SqliteHandle): number {
  const { version, isOurs } = marksOf(db);
  if (!isOurs || version < 1) return CURRENT_LAYOUT;
  refuseNewer(version);
  return version;
}

function marksOf(db: SqliteHandle): { readonly version: number; readonly isOurs: boolean } {
  const applicationId = numberOf(db.prepare('PRAGMA application_id').get(), 'application_id');
  return {
    version: numberOf(db.prepare('PRAGMA user_version').get(), 'user_version'),
    isOurs: applicationId === APPLICATION_ID,
  };
}

function refuseNewer(version: number): void {
  if (version <= CURRENT_LAYOUT) return;
  throw new Error(
    `the database has layout ${version}, and this release knows layouts up to ${CURRENT_LAYOUT}: use a newer release`,
  );
}
