import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inboundRequest } from '../testing/harness.ts';
import { verifyHmac } from './signature.ts';

const body = '{"action":"test_notification"}';
const signature = createHmac('sha256', 'secret').update(body).digest('hex');
const now = Date.parse('2026-11-01T08:30:00Z');
const verify = (headers: Record<string, string>, secrets = ['secret']) =>
  verifyHmac(inboundRequest('/', headers, body), 'x-airbnb-signature', secrets, now);

describe('verifyHmac', () => {
  it('takes the signature in either case, with or without its algorithm, under a name in any case', () => {
    expect(verify({ 'x-airbnb-signature': signature })).toBe('valid');
    expect(verify({ 'X-Airbnb-Signature': signature.toUpperCase() })).toBe('valid');
    expect(verify({ 'x-airbnb-signature': `sha256=${signature}` })).toBe('valid');
  });

  it.each([
    '',
    signature.slice(1),
    `${signature}00`,
    'sha1=abc',
    `md5=${signature}`,
    '0'.repeat(64),
    '%',
  ])('refuses "%s"', (given) => {
    expect(verify({ 'x-airbnb-signature': given })).toBe('invalid');
  });

  it('judges the date only of what is signed', () => {
    const at = (date: string) => verify({ 'x-airbnb-signature': signature, date });
    expect(at('Sun, 01 Nov 2026 08:34:59 GMT')).toBe('valid');
    expect(at('Sun, 01 Nov 2026 08:36:00 GMT')).toBe('stale');
    expect(at('Sun, 01 Nov 2026 08:24:00 GMT')).toBe('stale');
    expect(at('whenever')).toBe('stale');
    expect(verify({ 'x-airbnb-signature': signature, date: 'whenever' }, ['other'])).toBe(
      'invalid',
    );
  });

  it('has no valid empty secret', () => {
    const unsigned = createHmac('sha256', '').update(body).digest('hex');
    expect(verify({ 'x-airbnb-signature': unsigned }, [''])).toBe('invalid');
    expect(verify({ 'x-airbnb-signature': signature }, ['', 'secret'])).toBe('valid');
  });
});
