-- Until when nobody may use a budget, because the platform has refused somebody by it (429); null, or in the past: it may be used.
ALTER TABLE budgets ADD COLUMN paused_until TIMESTAMPTZ;
CREATE INDEX budgets_paused ON budgets (paused_until) WHERE paused_until IS NOT NULL;
