-- A connection is signed with a credential of its own tenant, or with one that all tenants share: a foreign key looks past row-level
-- security and takes any. Neither side moves to another tenant afterwards.
DO $$
DECLARE
  foreign_ones text;
BEGIN
  SELECT string_agg(d.connection_id::text, ', ') INTO foreign_ones
  FROM connection_details d JOIN credentials c ON c.id = d.credential_id WHERE c.tenant_id <> d.tenant_id;
  IF foreign_ones IS NOT NULL THEN
    RAISE EXCEPTION 'these connections are signed with the credential of another tenant, give them another one first: %', foreign_ones;
  END IF;
END $$;

CREATE FUNCTION parity_credential_of_tenant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.credential_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM credentials WHERE id = NEW.credential_id AND (tenant_id IS NULL OR tenant_id = NEW.tenant_id)
  ) THEN
    -- As for one that does not exist: nobody learns what other tenants have.
    RAISE EXCEPTION 'the tenant has no credential %', NEW.credential_id USING ERRCODE = 'foreign_key_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER parity_credential_of_tenant BEFORE INSERT OR UPDATE OF credential_id, tenant_id ON connection_details
  FOR EACH ROW EXECUTE FUNCTION parity_credential_of_tenant();

CREATE FUNCTION parity_credential_keeps_tenant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a credential keeps its tenant; make another one' USING ERRCODE = 'PT003';
END $$;
CREATE TRIGGER parity_credential_keeps_tenant BEFORE UPDATE OF tenant_id ON credentials
  FOR EACH ROW WHEN (OLD.tenant_id IS DISTINCT FROM NEW.tenant_id) EXECUTE FUNCTION parity_credential_keeps_tenant();
