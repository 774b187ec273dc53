-- Credentials of platforms that know us by what stands in every call: nothing is renewed.
ALTER TABLE credentials DROP CONSTRAINT credentials_kind_check;
ALTER TABLE credentials ADD CONSTRAINT credentials_kind_check CHECK (kind IN ('oauth_refresh', 'token_exchange', 'identity'));
