import { expect, it } from 'vitest';
import { oneWriteOf, outcome } from './sending.ts';
import type { ContractOptions } from './subject.ts';

export function describeAnswers(options: ContractOptions): void {
  const oneWrite = () => oneWriteOf(options);

  it.each([
    [401, { kind: 'unauthorized' }],
    [403, { kind: 'connection_fault', code: 'CHANNEL_FORBIDDEN' }],
    [404, { kind: 'connection_fault', code: 'CHANNEL_LISTING_UNKNOWN' }],
    [429, { kind: 'rate_limited', retryAfterMs: null }],
    [500, { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
    [503, { kind: 'unknown', code: 'CHANNEL_UNAVAILABLE' }],
  ])('reads %i', async (status, expected) => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'fail', status, on: 'write' });
    expect(await outcome(harness, request)).toMatchObject(expected);
  });

  it('honours Retry-After', async () => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'fail', status: 429, retryAfter: 7, on: 'write' });
    expect(await outcome(harness, request)).toEqual({ kind: 'rate_limited', retryAfterMs: 7_000 });
  });

  it.each(['malformed_body', 'wrong_content_type'] as const)(
    'calls %s at 200 unknown',
    async (kind) => {
      const { subject, harness, request } = oneWrite();
      subject.fault({ kind, on: 'write' });
      expect(await outcome(harness, request)).toMatchObject({
        kind: 'unknown',
        code: 'CHANNEL_RESPONSE_MALFORMED',
      });
    },
  );

  it('calls a dropped connection ambiguous', async () => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'reset', on: 'write' });
    expect(await harness.send(request)).toMatchObject({
      kind: 'ambiguous',
      code: 'CHANNEL_UNREACHABLE',
    });
  });

  it('calls silence ambiguous after the longest life of a request', async () => {
    const { subject, harness, request } = oneWrite();
    subject.fault({ kind: 'hang', on: 'write' });
    const sending = harness.send(request);
    await subject.platform.advance(20_000);
    expect(await sending).toMatchObject({ kind: 'ambiguous', code: 'CHANNEL_TIMEOUT' });
  });
}
