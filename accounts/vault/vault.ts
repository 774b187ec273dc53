import type { Clock } from '../../runtime/ports.ts';
import { ParityError } from '../../schemas/errors.ts';
import { decrypt, encrypt, looksLikeToken, parseKey } from './fernet.ts';

/** Secrets at rest. Seals with the newest key and opens with any of them, so that keys can be rotated one after the other. */
export interface Vault {
  seal(text: string): string;
  /** @throws ParityError VAULT_TOKEN_INVALID when no key opens it. */
  open(token: string): string;
  /** Whether the newest key sealed it: anything else should be sealed again when it is written next. */
  isCurrent(token: string): boolean;
  /** Whether it is a token at all, and no plain text that somebody stored. */
  isToken(text: string): boolean;
}

export interface VaultPorts {
  readonly clock: Clock;
  /** Bytes that nobody can foresee: `crypto.randomBytes` wherever secrets are real. */
  readonly randomBytes: (size: number) => Uint8Array;
}

/** @param keys Newest first; at least one. @throws ParityError VAULT_KEY_INVALID. */
export function createVault(keys: readonly string[], { clock, randomBytes }: VaultPorts): Vault {
  const parsed = keys.map(parseKey);
  const [newest] = parsed;
  if (newest === undefined) throw new ParityError('VAULT_KEY_INVALID', 'The vault needs a key');
  return {
    seal: (text) => encrypt(newest, text, clock.now(), randomBytes(16)),
    open: (token) => {
      for (const key of parsed) {
        const text = decrypt(key, token);
        if (text !== null) return text;
      }
      throw new ParityError('VAULT_TOKEN_INVALID', 'No configured key opens a stored token');
    },
    isCurrent: (token) => decrypt(newest, token) !== null,
    isToken: looksLikeToken,
  };
}
