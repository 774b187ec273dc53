-- Parity logs in with one user that is a member of these roles and takes one of them in each transaction (SET LOCAL ROLE), so that
-- row-level security binds whatever the login may do. Roles belong to the cluster, not to the database: two databases may create them at
-- the same time.
DO $$
DECLARE
  wanted text;
BEGIN
  -- The triggers and parity_next_sequence run as the owner of the schema, for whichever role of PMS-Core writes.
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)) THEN
    RAISE EXCEPTION 'migrations must run as a role that bypasses row-level security (BYPASSRLS); % does not', current_user;
  END IF;
  FOREACH wanted IN ARRAY ARRAY['parity_app', 'parity_relay', 'parity_vault'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', wanted);
  END LOOP;
END $$;

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- The tenant of the transaction. Without one every policy fails loudly instead of hiding all rows.
CREATE FUNCTION parity_tenant() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE
  tenant text := current_setting('parity.tenant_id', true);
BEGIN
  IF tenant IS NULL OR tenant = '' THEN
    RAISE EXCEPTION 'no tenant is set in this transaction' USING ERRCODE = 'PT001';
  END IF;
  RETURN tenant::uuid;
END $$;
