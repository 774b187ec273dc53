-- Until when no token of the credential is to be asked for, because its platform said so (Retry-After); null, or in the past: it may be.
ALTER TABLE credentials ADD COLUMN refresh_not_before TIMESTAMPTZ;
