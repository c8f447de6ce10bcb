-- Money. Transfers, reservations and resolutions are history: the serving role may insert and read them, nothing else.
-- Accounts, unfolded and sweep are projections; `audit()` recomputes them from history.
-- No table refers to another by foreign key: the rows are locked and checked before each write, and a key check per row
-- would cost more than the write.

CREATE TABLE ledger.accounts (
  id         text PRIMARY KEY,
  asset      text NOT NULL,
  floored    boolean NOT NULL,
  frozen     boolean NOT NULL DEFAULT false,
  debits     numeric(78,0) NOT NULL DEFAULT 0 CHECK (debits >= 0),
  credits    numeric(78,0) NOT NULL DEFAULT 0 CHECK (credits >= 0),
  reserved   numeric(78,0) NOT NULL DEFAULT 0 CHECK (reserved >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT above_floor CHECK (NOT floored OR credits - debits - reserved >= 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05);
-- fillfactor: a balance changes with every task; room on the page makes it an update without index writes.

CREATE TABLE ledger.reservations (
  id         text PRIMARY KEY,
  digest     uuid NOT NULL,            -- of the request, to tell a replay from a reused id
  accounts   text[] NOT NULL,
  amounts    numeric(78,0)[] NOT NULL, -- what was set aside, per account
  expires_at timestamptz NOT NULL,
  at         timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reservations_expires_at ON ledger.reservations (expires_at);

-- Posted, voided or expired: the key says "exactly one of them".
CREATE TABLE ledger.resolutions (
  id     text PRIMARY KEY,
  kind   text NOT NULL CHECK (kind IN ('posted', 'voided', 'expired')),
  digest uuid,
  at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE ledger.transfers (
  seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  cause  text NOT NULL,          -- reservation id of a charge, set id of a direct transfer
  line   smallint NOT NULL,      -- position within the cause
  id     text,                   -- a direct transfer's own; a charge's is derived from cause and line
  debit  text NOT NULL,
  credit text NOT NULL,
  amount numeric(78,0) NOT NULL CHECK (amount > 0),
  kind   text NOT NULL,
  at     timestamptz NOT NULL DEFAULT now(),
  CHECK (debit <> credit),
  CHECK ((kind = 'charge') = (id IS NULL))
);
CREATE UNIQUE INDEX transfers_id ON ledger.transfers (id) WHERE id IS NOT NULL;
CREATE INDEX transfers_debit ON ledger.transfers (debit, seq);
-- Every charge credits the pools, so their history is found by walking the primary key; an index entry each would be waste.
CREATE INDEX transfers_credit ON ledger.transfers (credit, seq) WHERE credit NOT LIKE 'far:pool:%' AND credit <> 'usd:spent';

CREATE TABLE ledger.transfer_sets (
  id     text PRIMARY KEY,
  digest uuid NOT NULL,
  at     timestamptz NOT NULL DEFAULT now()
);

-- Credits (and debits of accounts without a floor) of hot accounts, one row per batch and account, until `fold()`.
CREATE TABLE ledger.unfolded (
  seq     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account text NOT NULL,
  debits  numeric(78,0) NOT NULL,
  credits numeric(78,0) NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX unfolded_account ON ledger.unfolded (account);

-- A refused reservation is refused again when it is repeated; kept for an hour.
CREATE TABLE ledger.refusals (
  id      text PRIMARY KEY,
  digest  uuid NOT NULL,
  code    text NOT NULL,
  message text NOT NULL,
  at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refusals_at ON ledger.refusals (at);

-- Who granted VCU to whom, and why. History.
CREATE TABLE ledger.credit_grants (
  id         text PRIMARY KEY,
  account_id text NOT NULL,
  amount     numeric(78,0) NOT NULL CHECK (amount > 0),
  reason     text NOT NULL,
  granted_by text NOT NULL,
  at         timestamptz NOT NULL DEFAULT now()
);

-- Every reservation that expired before this moment is resolved, so that looking for others starts here.
CREATE TABLE ledger.sweep (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  expired_to timestamptz NOT NULL
);
INSERT INTO ledger.sweep (expired_to) VALUES ('2000-01-01');

GRANT SELECT, INSERT ON ledger.transfers, ledger.reservations, ledger.resolutions, ledger.transfer_sets, ledger.credit_grants TO far_server;
GRANT SELECT, INSERT ON ledger.accounts TO far_server;
GRANT UPDATE (frozen, debits, credits, reserved) ON ledger.accounts TO far_server;
GRANT SELECT, INSERT, DELETE ON ledger.unfolded, ledger.refusals TO far_server;
GRANT SELECT, UPDATE ON ledger.sweep TO far_server;
