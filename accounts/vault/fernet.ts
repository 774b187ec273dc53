import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import { ParityError } from '../../schemas/errors.ts';

/**
 * Fernet tokens, as Python's `cryptography` writes and reads them: version byte, time, IV, AES-128-CBC, HMAC-SHA256, all in url-safe base64.
 * @see https://github.com/fernet/spec/blob/master/Spec.md
 */
export interface FernetKey {
  readonly signing: Uint8Array;
  readonly encryption: Uint8Array;
}

const VERSION = 0x80;
const HEADER_BYTES = 1 + 8;
const IV_BYTES = 16;
const BLOCK_BYTES = 16;
const MAC_BYTES = 32;
const SMALLEST_TOKEN = HEADER_BYTES + IV_BYTES + BLOCK_BYTES + MAC_BYTES;
const ALPHABET = /^[A-Za-z0-9_-]+={0,2}$/;

/** Reads 32 bytes of url-safe base64: half for signing, half for encryption. @throws ParityError VAULT_KEY_INVALID. */
export function parseKey(text: string): FernetKey {
  const bytes = ALPHABET.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  if (bytes.length !== 32)
    throw new ParityError('VAULT_KEY_INVALID', 'A Fernet key is 32 bytes of url-safe base64');
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) };
}

/** @param now ms since the epoch. @param iv 16 bytes that nobody can foresee. */
export function encrypt(key: FernetKey, text: string, now: number, iv: Uint8Array): string {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = VERSION;
  header.writeBigUInt64BE(BigInt(Math.floor(now / 1_000)), 1);
  const cipher = createCipheriv('aes-128-cbc', key.encryption, iv);
  const body = Buffer.concat([header, iv, cipher.update(text, 'utf8'), cipher.final()]);
  return padded(Buffer.concat([body, macOf(key, body)]));
}

/** The text of a token; null: it is no token of this key. Its age is not judged: what is stored has no end. */
export function decrypt(key: FernetKey, token: string): string | null {
  const bytes = ALPHABET.test(token) ? Buffer.from(token, 'base64url') : Buffer.alloc(0);
  if (bytes.length < SMALLEST_TOKEN || bytes[0] !== VERSION) return null;
  const body = bytes.subarray(0, -MAC_BYTES);
  if (!timingSafeEqual(macOf(key, body), bytes.subarray(-MAC_BYTES))) return null;
  const iv = body.subarray(HEADER_BYTES, HEADER_BYTES + IV_BYTES);
  const encrypted = body.subarray(HEADER_BYTES + IV_BYTES);
  if (encrypted.length % BLOCK_BYTES !== 0) return null;
  try {
    const decipher = createDecipheriv('aes-128-cbc', key.encryption, iv);
    return decipher.update(encrypted, undefined, 'utf8') + decipher.final('utf8');
  } catch {
    // Signed by the key, yet wrongly padded: no token that Fernet wrote.
    return null;
  }
}

/** Whether a text has the form of a token, whatever its key. */
export function looksLikeToken(text: string): boolean {
  const bytes = ALPHABET.test(text) ? Buffer.from(text, 'base64url') : Buffer.alloc(0);
  return bytes.length >= SMALLEST_TOKEN && bytes[0] === VERSION;
}

function macOf(key: FernetKey, body: Uint8Array): Buffer {
  return createHmac('sha256', key.signing).update(body).digest();
}

/** Python's decoder wants the padding that `base64url` leaves out. */
function padded(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_');
}
