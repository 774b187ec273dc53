-- What a PMS without tables of its own needs for the content of a property: texts, photos, rooms, times, rules, cancellation. `content` has the
-- shape of `PropertyContent` in `schemas/avro/pms.events.avsc`. PMS-Core may point the view at its own table instead.
CREATE TABLE IF NOT EXISTS pms_property_contents (
  tenant_id UUID NOT NULL REFERENCES tenants(id) ON DELETE CASCADE,
  property_id UUID PRIMARY KEY REFERENCES properties(id) ON DELETE CASCADE,
  content JSONB NOT NULL
);

ALTER TABLE pms_property_contents ENABLE ROW LEVEL SECURITY;
ALTER TABLE pms_property_contents FORCE ROW LEVEL SECURITY;
CREATE POLICY parity_app_tenant ON pms_property_contents TO parity_app
  USING (tenant_id = parity_tenant()) WITH CHECK (tenant_id = parity_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON pms_property_contents TO parity_app;

CREATE VIEW parity_import_contents WITH (security_invoker = true) AS
  SELECT property_id, tenant_id, content FROM pms_property_contents;
GRANT SELECT ON parity_import_contents TO parity_app;
