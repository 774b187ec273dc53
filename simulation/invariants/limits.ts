import type { LimitDeclaration } from '../../connectors/contract.ts';
import { counts } from '../../processors/limits/budget-names.ts';
import { fullestWindow } from '../../simulators/sliding-window.ts';
import type { SentRequest } from '../observers/request-log.ts';
import type { World } from '../world/world.ts';

/** I4: no window of a declared length has more requests than its limit, counted at our sockets, over all processes. */
export function checkLimits(world: World): void {
  const sent = world.requests.sent.filter(({ reached }) => reached);
  for (const channel of world.channels.values()) {
    const own = sent.filter((request) => request.channel === channel.name);
    for (const limit of world.connectorOf(channel.name)?.manifest.limits ?? [])
      for (const [subject, requests] of bySubject(limit, own))
        check(world, subject, requests, limit);
  }
}

/** The requests that count for a limit, by what they count for. */
function bySubject(limit: LimitDeclaration, requests: readonly SentRequest[]) {
  const subjects = new Map<string, SentRequest[]>();
  for (const request of requests) {
    const subject = counts(limit, request.endpoint) ? subjectOf(limit, request) : null;
    if (subject === null) continue;
    const known = subjects.get(subject);
    if (known) known.push(request);
    else subjects.set(subject, [request]);
  }
  return subjects;
}

function subjectOf({ scope }: LimitDeclaration, request: SentRequest): string | null {
  const { target, credentialId, channel } = request;
  switch (scope) {
    case 'connection':
      return target && `connection ${target.id}`;
    case 'listing':
      return target && `listing ${target.listing}`;
    case 'account':
      return target && `account ${target.tenantId} ${target.channelAccountId}`;
    case 'credential':
      return credentialId && `credential ${credentialId}`;
    case 'address':
      return `address for ${channel}`;
  }
}

/** The limit of a connection by its tier. */
function mostOf({ scope, byTier, requests }: LimitDeclaration, first: SentRequest | undefined) {
  const tier = scope === 'connection' && byTier ? first?.target?.requestsPerSecond : null;
  return tier ?? requests;
}

function check(
  world: World,
  what: string,
  requests: readonly SentRequest[],
  limit: LimitDeclaration,
): void {
  const { windowMs } = limit;
  const most = mostOf(limit, requests[0]);
  const fullest = fullestWindow(
    requests.map(({ at }) => at),
    windowMs,
  );
  if (fullest > most)
    world.violations.add(
      'I4',
      `${fullest} requests in ${windowMs} ms for ${what}, at most ${most}`,
    );
}

const JUDGED_ELSEWHERE: ReadonlySet<string> = new Set([
  // At our sockets: of a request whose sender lost its partition or its patience nobody knows when it ends.
  'concurrent_write',
  // The platform takes one update of a hotel at a time, and a hotel may be several connections: a second one is refused, and repeated.
  'concurrent_update',
  // In the log: whoever serves an index may not have read as far as who served the one before.
  'state_went_back',
  // A connection that is taken off between index and document takes its documents along.
  'document_missing',
]);

/** Every rule of a platform that a request of ours broke; a refusal of its own making is none. */
export function checkPlatforms(world: World): void {
  for (const { platform, name } of world.channels.values()) {
    for (const violation of platform.ledger.violations()) {
      if (JUDGED_ELSEWHERE.has(violation.rule)) continue;
      const limit = /limit$/.test(violation.rule);
      world.violations.add(
        limit ? 'I4' : 'platform',
        `${name}: ${violation.rule} by exchange ${violation.exchange}: ${violation.detail}`,
      );
    }
  }
}

/** No process has more requests of one connection out at the same time than the channel takes. */
export function checkConcurrency(world: World): void {
  const open = new Map<string, SentRequest[]>();
  for (const sent of world.requests.sent) {
    if (!sent.target) continue;
    const key = `${sent.process} ${sent.target.id}`;
    const others = (open.get(key) ?? []).filter(
      ({ endedAt }) => endedAt === null || endedAt > sent.at,
    );
    const most = world.connectorOf(sent.target.channel)?.manifest.concurrency ?? 1;
    if (others.length >= most)
      world.violations.add(
        'platform',
        `request ${sent.number} to ${sent.target.unit} left while ${others.length} others were out`,
      );
    open.set(key, [...others, sent]);
  }
}
