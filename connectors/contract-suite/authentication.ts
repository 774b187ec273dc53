import { expect, it } from 'vitest';
import { ConnectorHarness } from '../testing/harness.ts';
import { oneWriteOf, outcome } from './sending.ts';
import type { ContractOptions } from './subject.ts';

export function describeTokens(options: ContractOptions): void {
  it('renews its token after a 401 and is heard again', async () => {
    const { subject, harness, request } = oneWriteOf(options);
    expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
    subject.expireTokens();
    expect(await outcome(harness, request)).toEqual({ kind: 'unauthorized' });
    expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
  });
}

/** Platforms that know us by what stands in each call. */
export function describeIdentity(options: ContractOptions): void {
  it('has no secret in what it plans, and is heard once it is signed', async () => {
    const { subject, harness, request } = oneWriteOf(options);
    const { authenticator, secrets } = subject;
    if (authenticator.kind !== 'identity') throw new Error('this is a platform with tokens');
    for (const secret of Object.values(secrets))
      if (secret) expect(JSON.stringify(request)).not.toContain(secret);
    const { headers, sign } = authenticator.authorise(secrets);
    const signed = JSON.stringify([headers, sign?.(request.body ?? '')]);
    expect(Object.values(secrets).some((secret) => secret && signed.includes(secret))).toBe(true);
    expect(await outcome(harness, request)).toEqual({ kind: 'applied' });
  });

  it('blames the connection, never a field, when the platform does not know who calls', async () => {
    const { subject, request } = oneWriteOf(options);
    const { clientId, clientSecret } = subject.secrets;
    const wrong = {
      ...subject.secrets,
      ...(clientSecret ? { clientSecret: `${clientSecret}x` } : { clientId: `${clientId}x` }),
    };
    const harness = new ConnectorHarness({ ...subject, secrets: wrong });
    expect(['connection_fault', 'unauthorized']).toContain((await outcome(harness, request)).kind);
  });

  it('has nothing to sign with when the credential is empty', () => {
    const { authenticator } = options.start();
    if (authenticator.kind !== 'identity') throw new Error('this is a platform with tokens');
    const empty = { clientId: null, clientSecret: null, refreshToken: null };
    expect(() => authenticator.authorise(empty)).toThrow(
      expect.objectContaining({ code: 'CREDENTIAL_MISSING' }),
    );
  });
}
