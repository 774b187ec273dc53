-- Changes of a connection, by PMS-Core's edits of channel_connections or by ours, become outbox rows of channel.connections and
-- channel.accounts. channel_connections feeds connection_details, and connection_details publishes: one chain, one row per change.

CREATE FUNCTION parity_account_id(tenant uuid, channel text, account text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT tenant::text || '/' || channel || '/' || coalesce(account, '-')
$$;

CREATE FUNCTION parity_phase(status text, phase text, sync_enabled boolean) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN status = 'pending' THEN phase
    WHEN status IN ('active', 'error') AND NOT sync_enabled THEN 'paused'
    ELSE status
  END
$$;

-- ms
CREATE FUNCTION parity_now() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint
$$;

-- The value of channel.connections; null when there is no such connection.
CREATE FUNCTION parity_connection_json(connection uuid) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'connection_id', c.id, 'tenant_id', c.tenant_id, 'property_id', c.property_id, 'account_id', d.account_id,
    'credential_id', d.credential_id, 'channel', c.channel_type, 'listing', c.channel_property_id, 'room_id', d.room_id,
    'rate_plans', (
      SELECT coalesce(
        jsonb_agg(jsonb_build_object(
          'rate_plan_id', plan ->> 'rate_plan_id',
          'adjustment', CASE WHEN plan ? 'adjustment' THEN plan -> 'adjustment' ELSE own.adjustment END
        ) ORDER BY position),
        jsonb_build_array(jsonb_build_object('rate_plan_id', 'standard', 'adjustment', own.adjustment))
      ) FROM jsonb_array_elements(d.rate_plans) WITH ORDINALITY AS plans(plan, position)
    ),
    'currency', d.currency, 'sync_direction', c.sync_direction, 'sync_availability', coalesce(c.sync_availability, true),
    'sync_pricing', coalesce(c.sync_pricing, true), 'sync_bookings', coalesce(c.sync_bookings, true),
    'phase', parity_phase(c.status, d.phase, c.sync_enabled), 'incarnation', d.incarnation,
    'listing_since', d.listing_since, 'row_version', d.row_version,
    'requests_per_second', d.requests_per_second
  )
  FROM channel_connections c
  JOIN connection_details d ON d.connection_id = c.id
  CROSS JOIN LATERAL (SELECT CASE
    WHEN c.price_adjustment_type IN ('percentage', 'fixed') AND c.price_adjustment_value IS NOT NULL
    THEN jsonb_build_object('kind', c.price_adjustment_type, 'hundredths', round(c.price_adjustment_value * 100)::bigint)
    ELSE 'null'::jsonb
  END AS adjustment) AS own
  WHERE c.id = connection
$$;

-- The connections of an account as channel.accounts shows them, and the credential that polls it.
CREATE FUNCTION parity_account_body(account text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'credential_id', (array_agg(d.credential_id ORDER BY d.connection_id) FILTER (WHERE d.credential_id IS NOT NULL))[1],
    'connections', coalesce(jsonb_agg(jsonb_build_object(
      'connection_id', c.id, 'property_id', c.property_id, 'listing', c.channel_property_id, 'room_id', d.room_id,
      'inbound', coalesce(c.sync_bookings, true) AND c.sync_direction <> 'outbound_only'
        AND parity_phase(c.status, d.phase, c.sync_enabled) <> 'pending',
      'poll_minutes', coalesce(c.sync_frequency_minutes, 15)
    ) ORDER BY c.id), '[]'::jsonb)
  )
  FROM connection_details d JOIN channel_connections c ON c.id = d.connection_id
  WHERE d.account_id = account AND c.status <> 'disconnected'
$$;

-- Publishes an account if anything of it changed. Its row is locked before its connections are read, so of two transactions that
-- change it the second sees the first.
CREATE FUNCTION parity_publish_account(tenant uuid, channel text, channel_account text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  account text := parity_account_id(tenant, channel, channel_account);
  body jsonb;
  version bigint;
BEGIN
  INSERT INTO channel_accounts (account_id, tenant_id, channel_type, channel_account_id) VALUES (account, tenant, channel, channel_account)
  ON CONFLICT DO NOTHING;
  PERFORM FROM channel_accounts WHERE account_id = account FOR UPDATE;
  body := parity_account_body(account);
  UPDATE channel_accounts SET published = body, row_version = greatest(row_version + 1, parity_first_of_era())
  WHERE account_id = account AND published IS DISTINCT FROM body RETURNING row_version INTO version;
  IF version IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO outbox (tenant_id, topic, key, placement, payload)
  VALUES (tenant, 'channel.accounts', account, account, parity_account_json(account));
END $$;

-- The value of channel.accounts as it was last published; null when there is no such account.
CREATE FUNCTION parity_account_json(account text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object(
    'account_id', account_id, 'tenant_id', tenant_id, 'channel', channel_type, 'channel_account_id', channel_account_id,
    'row_version', row_version
  ) || published FROM channel_accounts WHERE account_id = account AND published IS NOT NULL
$$;

CREATE FUNCTION parity_connection_inserted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO connection_details (connection_id, tenant_id, account_id, platform_family, listing, channel_account_id, claims_listing, row_version)
  VALUES (NEW.id, NEW.tenant_id, parity_account_id(NEW.tenant_id, NEW.channel_type, NEW.channel_account_id), NEW.channel_type,
    NEW.channel_property_id, NEW.channel_account_id, NEW.status <> 'disconnected', parity_first_of_era());
  RETURN NULL;
END $$;
CREATE TRIGGER parity_connection_inserted AFTER INSERT ON channel_connections
  FOR EACH ROW EXECUTE FUNCTION parity_connection_inserted();

CREATE FUNCTION parity_connection_updated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  -- Its records would go to another partition and leave the old ones behind.
  IF (NEW.property_id, NEW.channel_type, NEW.tenant_id) IS DISTINCT FROM (OLD.property_id, OLD.channel_type, OLD.tenant_id) THEN
    RAISE EXCEPTION 'a connection keeps its tenant, property and channel; make another one' USING ERRCODE = 'PT003';
  END IF;
  UPDATE connection_details SET
    tenant_id = NEW.tenant_id, account_id = parity_account_id(NEW.tenant_id, NEW.channel_type, NEW.channel_account_id),
    listing = NEW.channel_property_id, channel_account_id = NEW.channel_account_id, claims_listing = NEW.status <> 'disconnected',
    listing_since = CASE WHEN listing <> NEW.channel_property_id THEN parity_now() ELSE listing_since END,
    source_version = source_version + 1
  WHERE connection_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER parity_connection_updated AFTER UPDATE ON channel_connections FOR EACH ROW
  WHEN ((OLD.tenant_id, OLD.property_id, OLD.channel_type, OLD.channel_property_id, OLD.channel_account_id, OLD.sync_enabled,
    OLD.sync_direction, OLD.sync_availability, OLD.sync_pricing, OLD.sync_bookings, OLD.price_adjustment_type,
    OLD.price_adjustment_value, OLD.sync_frequency_minutes, OLD.status)
  IS DISTINCT FROM (NEW.tenant_id, NEW.property_id, NEW.channel_type, NEW.channel_property_id, NEW.channel_account_id, NEW.sync_enabled,
    NEW.sync_direction, NEW.sync_availability, NEW.sync_pricing, NEW.sync_bookings, NEW.price_adjustment_type,
    NEW.price_adjustment_value, NEW.sync_frequency_minutes, NEW.status))
  EXECUTE FUNCTION parity_connection_updated();

CREATE FUNCTION parity_details_versioned() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  NEW.row_version := greatest(OLD.row_version + 1, parity_first_of_era());
  RETURN NEW;
END $$;
CREATE TRIGGER parity_details_versioned BEFORE UPDATE ON connection_details
  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION parity_details_versioned();

CREATE FUNCTION parity_details_published() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  connection channel_connections;
BEGIN
  SELECT * INTO connection FROM channel_connections WHERE id = NEW.connection_id;
  INSERT INTO outbox (tenant_id, topic, key, placement, payload)
  VALUES (NEW.tenant_id, 'channel.connections', NEW.connection_id, connection.property_id, parity_connection_json(NEW.connection_id));
  IF TG_OP = 'UPDATE' AND OLD.account_id <> NEW.account_id THEN
    PERFORM parity_publish_account(tenant_id, channel_type, channel_account_id) FROM channel_accounts WHERE account_id = OLD.account_id;
  END IF;
  PERFORM parity_publish_account(NEW.tenant_id, connection.channel_type, NEW.channel_account_id);
  RETURN NULL;
END $$;
CREATE TRIGGER parity_details_inserted AFTER INSERT ON connection_details
  FOR EACH ROW EXECUTE FUNCTION parity_details_published();
CREATE TRIGGER parity_details_updated AFTER UPDATE ON connection_details
  FOR EACH ROW WHEN (OLD.row_version <> NEW.row_version) EXECUTE FUNCTION parity_details_published();

CREATE FUNCTION parity_connection_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO outbox (tenant_id, topic, key, placement, payload) VALUES (OLD.tenant_id, 'channel.connections', OLD.id, OLD.property_id, NULL);
  PERFORM parity_publish_account(OLD.tenant_id, OLD.channel_type, OLD.channel_account_id);
  RETURN NULL;
END $$;
CREATE TRIGGER parity_connection_deleted AFTER DELETE ON channel_connections
  FOR EACH ROW EXECUTE FUNCTION parity_connection_deleted();

-- Connections that were there before Parity.
INSERT INTO connection_details (connection_id, tenant_id, account_id, platform_family, listing, channel_account_id, claims_listing, row_version)
SELECT id, tenant_id, parity_account_id(tenant_id, channel_type, channel_account_id), channel_type, channel_property_id,
  channel_account_id, status <> 'disconnected', parity_first_of_era()
FROM channel_connections;
