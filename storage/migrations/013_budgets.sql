-- What platforms count for several connections, divided between the processes of Parity. No tenant's rows: names of budgets, and how much
-- of each a process has.
DO $$
BEGIN
  BEGIN
    CREATE ROLE parity_limits NOLOGIN NOBYPASSRLS;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
  END;
  GRANT parity_limits TO CURRENT_USER;
  GRANT USAGE ON SCHEMA public TO parity_limits;
END $$;

-- A process, until when it may send on what it holds, and what its last turn came to: the same turn again is answered from here.
CREATE TABLE budget_processes (
  process UUID PRIMARY KEY,
  turn BIGINT NOT NULL,
  lease_until TIMESTAMPTZ NOT NULL,
  answer JSONB NOT NULL
);

-- Locked by whoever decides about the budget.
CREATE TABLE budgets (
  name TEXT PRIMARY KEY
);

-- Windows up to ten seconds: what a process holds. Longer ones: what it waits for (`wanted`).
CREATE TABLE budget_shares (
  budget TEXT NOT NULL REFERENCES budgets(name),
  process UUID NOT NULL,
  held INTEGER NOT NULL CHECK (held >= 0),
  wanted INTEGER NOT NULL CHECK (wanted >= 0),
  target INTEGER NOT NULL CHECK (target >= 0 AND target <= held),
  PRIMARY KEY (budget, process)
);
CREATE INDEX budget_shares_asked ON budget_shares (process) WHERE target < held;

-- Longer windows: slots drawn, and (negative `slice`) slots used; both occupy the window until `occupied_until`.
CREATE TABLE budget_slices (
  budget TEXT NOT NULL REFERENCES budgets(name),
  process UUID NOT NULL,
  slice BIGINT NOT NULL,
  slots INTEGER NOT NULL CHECK (slots > 0),
  occupied_until TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (budget, process, slice)
);

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['budget_processes', 'budgets', 'budget_shares', 'budget_slices'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY parity_limits_all ON %I TO parity_limits USING (true) WITH CHECK (true)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO parity_limits', name);
  END LOOP;
END $$;
