import type { LimitDeclaration } from '../../connectors/contract.ts';
import { fullestWindow } from '../../simulators/sliding-window.ts';
import type { SentRequest } from '../observers/request-log.ts';
import { allConnections } from '../world/plan.ts';
import type { World } from '../world/world.ts';

/** I4: no window of a declared length has more requests than its limit, counted at our sockets, over all processes. */
export function checkLimits(world: World): void {
  const sent = world.requests.sent.filter(({ reached }) => reached);
  for (const connection of allConnections(world.plan)) {
    const manifest = world.connectorOf(connection.channel)?.manifest;
    const own = sent.filter(({ target }) => target?.id === connection.id);
    for (const limit of manifest?.limits ?? []) {
      if (limit.scope !== 'connection') continue;
      const requests =
        limit.byTier && connection.requestsPerSecond !== null
          ? connection.requestsPerSecond
          : limit.requests;
      check(world, `connection ${connection.id}`, own, { ...limit, requests });
    }
  }
  for (const channel of world.channels.values()) {
    const manifest = world.connectorOf(channel.name)?.manifest;
    const own = sent.filter((request) => request.channel === channel.name);
    for (const limit of manifest?.limits ?? []) {
      if (limit.scope !== 'credential') continue;
      for (const { id } of channel.credentials)
        check(
          world,
          `credential ${id}`,
          own.filter(({ credentialId }) => credentialId === id),
          limit,
        );
    }
  }
}

function check(
  world: World,
  what: string,
  requests: readonly SentRequest[],
  { endpoint, requests: most, windowMs }: LimitDeclaration,
): void {
  const counted =
    endpoint === undefined ? requests : requests.filter((one) => one.endpoint === endpoint);
  const fullest = fullestWindow(
    counted.map(({ at }) => at),
    windowMs,
  );
  if (fullest > most)
    world.violations.add(
      'I4',
      `${fullest} requests in ${windowMs} ms for ${what}, at most ${most}`,
    );
}

/** Every rule of a platform that a request of ours broke; a refusal of its own making is none. */
export function checkPlatforms(world: World): void {
  for (const { platform, name } of world.channels.values()) {
    for (const violation of platform.ledger.violations()) {
      // Judged at our sockets instead: of a request whose sender lost its partition or its patience nobody knows when it ends.
      if (violation.rule === 'concurrent_write') continue;
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
