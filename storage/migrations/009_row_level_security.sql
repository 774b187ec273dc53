-- One policy per role. parity_app acts for the tenant of its transaction; parity_relay publishes for all tenants and reads nothing but
-- what it publishes; parity_vault renews tokens, of shared identities too.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY[
    'pms_blocks', 'pms_nightly_prices', 'pms_nightly_restrictions', 'connection_details', 'channel_accounts', 'tenant_settings',
    'property_counters', 'channel_reservations', 'reservation_stays', 'booking_conflicts', 'calendar_blocks', 'acknowledged_deliveries',
    'alerts', 'outbox', 'credentials'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
  END LOOP;
  -- On the tables of PMS-Core the policy only takes effect where their owner enables row-level security.
  FOREACH name IN ARRAY ARRAY[
    'properties', 'bookings', 'channel_connections', 'pms_blocks', 'pms_nightly_prices', 'pms_nightly_restrictions', 'connection_details',
    'channel_accounts', 'tenant_settings', 'property_counters', 'channel_reservations', 'reservation_stays', 'booking_conflicts',
    'calendar_blocks', 'acknowledged_deliveries', 'alerts', 'outbox', 'credentials'
  ] LOOP
    EXECUTE format(
      'CREATE POLICY parity_app_tenant ON %I TO parity_app USING (tenant_id = parity_tenant()) WITH CHECK (tenant_id = parity_tenant())', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO parity_app', name);
  END LOOP;
END $$;

CREATE POLICY parity_app_tenant ON tenants TO parity_app USING (id = parity_tenant()) WITH CHECK (id = parity_tenant());
GRANT SELECT, INSERT, UPDATE ON tenants TO parity_app;

CREATE POLICY parity_app_tenant ON channel_sync_logs TO parity_app
  USING (EXISTS (SELECT FROM channel_connections c WHERE c.id = channel_connection_id AND c.tenant_id = parity_tenant()))
  WITH CHECK (EXISTS (SELECT FROM channel_connections c WHERE c.id = channel_connection_id AND c.tenant_id = parity_tenant()));
GRANT SELECT, INSERT, UPDATE, DELETE ON channel_sync_logs TO parity_app;
GRANT SELECT ON sequence_era TO parity_app;

CREATE POLICY parity_relay_all ON outbox TO parity_relay USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE, DELETE ON outbox TO parity_relay;
CREATE POLICY parity_relay_all ON connection_details FOR SELECT TO parity_relay USING (true);
CREATE POLICY parity_relay_all ON channel_accounts FOR SELECT TO parity_relay USING (true);
GRANT SELECT ON connection_details, channel_accounts TO parity_relay;
GRANT SELECT, UPDATE ON relay_epoch TO parity_relay;

CREATE POLICY parity_vault_all ON credentials TO parity_vault USING (true) WITH CHECK (true);
CREATE POLICY parity_vault_all ON connection_details FOR SELECT TO parity_vault USING (true);
CREATE POLICY parity_vault_all ON channel_connections TO parity_vault USING (true) WITH CHECK (true);
CREATE POLICY parity_vault_all ON outbox FOR INSERT TO parity_vault WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON credentials, token_requests TO parity_vault;
GRANT SELECT ON connection_details TO parity_vault;
GRANT SELECT, UPDATE ON channel_connections TO parity_vault;
GRANT INSERT ON outbox TO parity_vault;

-- What renders the published rows is for the relay; a tenant's transaction reads its own tables.
REVOKE EXECUTE ON FUNCTION parity_connection_json(uuid), parity_account_json(text), parity_account_body(text),
  parity_publish_account(uuid, text, text), parity_promote_conflicts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION parity_connection_json(uuid), parity_account_json(text) TO parity_relay;
