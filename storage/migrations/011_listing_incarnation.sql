-- Another listing begins another life: an owner that restarts before it sees the record must not take what the former listing has for
-- what this one has.
CREATE OR REPLACE FUNCTION parity_connection_updated() RETURNS trigger
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
    incarnation = CASE WHEN listing <> NEW.channel_property_id THEN incarnation + 1 ELSE incarnation END,
    source_version = source_version + 1
  WHERE connection_id = NEW.id;
  RETURN NULL;
END $$;
