-- What a transaction wants published. The relay publishes every row that is neither published nor failed, in id order.
CREATE TABLE outbox (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id UUID NOT NULL,
  topic TEXT NOT NULL CHECK (
    topic IN ('pms.events', 'channel.connections', 'channel.accounts', 'channel.commands', 'channel.inbox', 'channel.alerts')
  ),
  key TEXT NOT NULL,
  -- The id that decides the partition: property_id, or account_id for the topics of accounts.
  placement TEXT NOT NULL,
  -- The Avro value as JSON: dates as yyyy-mm-dd, instants in ms, branches of record unions wrapped by their full name. Null: tombstone.
  payload JSONB,
  headers JSONB NOT NULL DEFAULT '{}'::jsonb,
  created_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  published_at TIMESTAMPTZ,
  -- Why the row can never be published as it is. Set by the relay, which goes on with the others.
  error TEXT
);
CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL AND error IS NULL;

CREATE FUNCTION parity_notify_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('parity_outbox', '');
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_notify AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION parity_notify_outbox();

-- Raised with the advisory lock: the epoch under which the relay writes its tables.
CREATE TABLE relay_epoch (
  one_row BOOLEAN PRIMARY KEY DEFAULT true CHECK (one_row),
  epoch BIGINT NOT NULL DEFAULT 0
);
INSERT INTO relay_epoch DEFAULT VALUES;
