import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findPython } from '../../test/python.ts';
import { decrypt, encrypt, looksLikeToken, parseKey } from './fernet.ts';
import { createVault } from './vault.ts';

/** https://github.com/fernet/spec: generate.json, verify.json, invalid.json. */
const SPEC_KEY = 'cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=';
const SPEC_TOKEN =
  'gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==';
const SPEC_TIME = Date.parse('1985-10-26T01:20:00-07:00');

const clock = { now: () => Date.UTC(2030, 0, 1), monotonic: () => 0 };
const newKey = () => randomBytes(32).toString('base64url').concat('=');
const vaultOf = (...keys: string[]) => createVault(keys, { clock, randomBytes });

describe('Fernet', () => {
  test('generates and verifies the vectors of the specification', () => {
    const key = parseKey(SPEC_KEY);
    expect(
      encrypt(
        key,
        'hello',
        SPEC_TIME,
        Uint8Array.from({ length: 16 }, (_, at) => at),
      ),
    ).toBe(SPEC_TOKEN);
    expect(decrypt(key, SPEC_TOKEN)).toBe('hello');
  });

  test.each([
    [
      'incorrect mac',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykQUFBQUFBQUFBQQ==',
    ],
    ['too short', 'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPA=='],
    [
      'invalid base64',
      '%%%%%%%%%%%%%AECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPAl1-szkFVzXTuGb4hR8AKtwcaX1YdykRtfsH-p1YsUD2Q==',
    ],
    [
      'payload size not multiple of block size',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0OD3HkMATM5lFqGaerZ-fWPOm73QeoCk9uGib28Xe5vz6oxq5nmxbx_v7mrfyudzUm',
    ],
    [
      'payload padding error',
      'gAAAAAAdwJ6xAAECAwQFBgcICQoLDA0ODz4LEpdELGQAad7aNEHbf-JkLPIpuiYRLQ3RtXatOYREu2FWke6CnJNYIbkuKNqOhw==',
    ],
  ])('refuses: %s', (_name, token) => {
    expect(decrypt(parseKey(SPEC_KEY), token)).toBeNull();
  });

  test('refuses a key that is not 32 bytes', () => {
    for (const text of ['', 'short', randomBytes(31).toString('base64url'), `${SPEC_KEY}!`])
      expect(() => parseKey(text)).toThrow(expect.objectContaining({ code: 'VAULT_KEY_INVALID' }));
  });

  test('any text comes back, and no changed token does', () => {
    const key = parseKey(newKey());
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
        const token = encrypt(key, text, clock.now(), randomBytes(16));
        expect(decrypt(key, token)).toBe(text);
        const bytes = Buffer.from(token, 'base64url');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ 1;
        expect(decrypt(key, bytes.toString('base64url'))).toBeNull();
      }),
      { numRuns: 50 },
    );
  });
});

describe('vault', () => {
  test('rotation: the newest key seals, the older ones still open', () => {
    const [old, fresh] = [newKey(), newKey()];
    const token = vaultOf(old).seal('secret');
    const rotated = vaultOf(fresh, old);
    expect(rotated.open(token)).toBe('secret');
    expect(rotated.isCurrent(token)).toBe(false);
    expect(rotated.isCurrent(rotated.seal('secret'))).toBe(true);
    expect(() => vaultOf(fresh).open(token)).toThrow(
      expect.objectContaining({ code: 'VAULT_TOKEN_INVALID' }),
    );
    expect(looksLikeToken('whsec_plain_text')).toBe(false);
  });

  test('Python cryptography opens what we seal, and we open what it seals', async (context) => {
    const python = await findPython(['cryptography.fernet']);
    if (python === null) return context.skip('no Python with the package "cryptography"');
    const key = newKey();
    const script =
      'import sys\nfrom cryptography.fernet import Fernet\nf = Fernet(sys.argv[1])\nprint(f.decrypt(sys.argv[2].encode()).decode())\nprint(f.encrypt("grüße".encode()).decode())';
    const { stdout } = await promisify(execFile)(python, [
      '-c',
      script,
      key,
      vaultOf(key).seal('token-1'),
    ]);
    const [opened, sealed] = stdout.trim().split('\n');
    expect(opened).toBe('token-1');
    expect(vaultOf(key).open(sealed ?? '')).toBe('grüße');
  });
});
