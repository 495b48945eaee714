import { numberOf, type SqliteHandle } from './connection.js';

/**
 * Steps forward, one after the other; `user_version` counts the steps taken. A released step is
 * never changed: the next one is added below it.
 */
const STEPS: readonly string[] = [
  `
  CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    bap_id TEXT NOT NULL,
    txn_id TEXT NOT NULL,
    id_tag TEXT,
    connector TEXT NOT NULL,
    holds INTEGER NOT NULL,
    open INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX orders_lease ON orders (connector) WHERE holds = 1;
  CREATE UNIQUE INDEX orders_id_tag ON orders (id_tag) WHERE id_tag IS NOT NULL;
  CREATE INDEX orders_txn ON orders (bap_id, txn_id, created_at);
  CREATE INDEX orders_open ON orders (open) WHERE open = 1;
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
    orphan INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (charge_point_id, transaction_id)
  ) STRICT;
  CREATE INDEX transactions_start ON transactions (start_key);
  CREATE INDEX transactions_newest ON transactions (received_at, charge_point_id, transaction_id);
  CREATE INDEX transactions_open ON transactions (received_at) WHERE open = 1;

  -- Between which positions of the meter journal an order's entries lie; no last one while the order is open.
  CREATE TABLE journal_orders (
    order_id TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER
  ) STRICT, WITHOUT ROWID;
  -- A position where a record of the journal begins, or its end, and the highest seq before it.
  CREATE TABLE journal_mark (id INTEGER PRIMARY KEY, position INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT;

  CREATE TABLE charge_points (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;

  CREATE TABLE rows (id TEXT PRIMARY KEY, at INTEGER NOT NULL, open INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX rows_newest ON rows (at, id);
  CREATE INDEX rows_open ON rows (at, id) WHERE open = 1;

  CREATE TABLE notes (
    id TEXT PRIMARY KEY,
    charge_point_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    doc TEXT NOT NULL
  ) STRICT;
  CREATE INDEX notes_newest ON notes (charge_point_id, kind, at, id);
  CREATE INDEX notes_at ON notes (at);

  CREATE TABLE vals (name TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
  CREATE TABLE numbers (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT;
  `,
  `
  -- The five minutes of a connector that a booked slot touches: nobody else's.
  CREATE TABLE slot_cells (cell TEXT PRIMARY KEY, order_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX slot_cells_order ON slot_cells (order_id);
  `,
  `
  CREATE TABLE ledger (id TEXT PRIMARY KEY, bap_id TEXT NOT NULL, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX ledger_newest ON ledger (at, id);
  CREATE INDEX ledger_bap ON ledger (bap_id, at, id);
  -- What was posted stays posted, whoever has the file open.
  CREATE TRIGGER ledger_fixed BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is not changed'); END;
  CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is not changed'); END;
  `,
  `
  CREATE TABLE ratings (id TEXT PRIMARY KEY, order_id TEXT, at INTEGER NOT NULL, doc TEXT NOT NULL) STRICT;
  CREATE INDEX ratings_newest ON ratings (at, id);
  CREATE INDEX ratings_order ON ratings (order_id, at, id) WHERE order_id IS NOT NULL;
  `,
  `
  ALTER TABLE orders ADD COLUMN payment TEXT;
  UPDATE orders SET payment = json_extract(doc, '$.payment.providerReference');
  CREATE INDEX orders_payment ON orders (payment, created_at) WHERE payment IS NOT NULL;
  `,
];

/**
 * Brings the database to the newest shape.
 * @errors When the file was written by a newer release; it is left untouched.
 */
export function migrate(db: SqliteHandle): void {
  const version = numberOf(db.prepare('PRAGMA user_version').get(), 'user_version');
  if (version > STEPS.length) {
    throw new Error(`the database has shape ${version}, this release knows ${STEPS.length}: it needs a newer release`);
  }
  STEPS.slice(version).forEach((step, i) => {
    db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${version + i + 1}; COMMIT`);
  });
}
