import type { LimitDeclaration, LimitScope, Manifest } from '../../connectors/contract.ts';
import type { ChannelType } from '../../schemas/domain/ids.ts';

/** Who sends what, as far as platforms count it. */
export interface Caller {
  readonly channel: ChannelType;
  /** `ChannelRequest.endpoint`; null: not known before it is planned, so only limits over all endpoints are asked. */
  readonly endpoint: string | null;
  readonly listing?: string | null;
  readonly accountId?: string | null;
  readonly credentialId?: string | null;
  /** Requests a second by the owner's contract, for limits that follow it. */
  readonly perSecond?: number | null;
}

/** One budget that a request needs. */
export interface BudgetSpec {
  readonly name: string;
  readonly scope: LimitScope;
  readonly channel: ChannelType;
  readonly requests: number;
  readonly windowMs: number;
}

/** The narrowest first: in this order a request waits for them. */
const ORDER: readonly LimitScope[] = ['listing', 'account', 'credential', 'address'];
/** All processes are taken to call from one address: more of them have no more than one. */
const ADDRESS = 'shared';

/** What a request needs beside the window of its connection, always in the same order. */
export function budgetsOf(manifest: Manifest, caller: Caller): readonly BudgetSpec[] {
  const specs = manifest.limits.flatMap((limit) => {
    const subject = subjectOf(limit.scope, caller);
    return subject === null || !counts(limit, caller.endpoint)
      ? []
      : [specOf(manifest.platformFamily, limit, subject, caller)];
  });
  return specs.sort(
    (a, b) =>
      ORDER.indexOf(a.scope) - ORDER.indexOf(b.scope) || a.requests - b.requests || compare(a, b),
  );
}

/** Whether requests to the endpoint count for a limit. */
export function counts({ endpoint }: LimitDeclaration, called: string | null): boolean {
  if (endpoint === undefined) return true;
  if (called === null) return false;
  return typeof endpoint === 'string' ? endpoint === called : endpoint.includes(called);
}

function subjectOf(scope: LimitScope, caller: Caller): string | null {
  switch (scope) {
    case 'connection':
      return null;
    case 'listing':
      return caller.listing ?? null;
    case 'account':
      return caller.accountId ?? null;
    case 'credential':
      return caller.credentialId ?? null;
    case 'address':
      return ADDRESS;
  }
}

function specOf(
  family: string,
  { scope, endpoint = '*', requests, windowMs, byTier }: LimitDeclaration,
  subject: string,
  { channel, perSecond }: Caller,
): BudgetSpec {
  const calls = typeof endpoint === 'string' ? endpoint : endpoint.join(',');
  const name = `${family} ${scope} ${subject} ${calls} ${windowMs}`;
  const tier = byTier && perSecond ? Math.max(1, Math.floor((perSecond * windowMs) / 1_000)) : null;
  return { name, scope, channel, requests: tier ?? requests, windowMs };
}

function compare(a: BudgetSpec, b: BudgetSpec): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
