import { addDays } from '../../schemas/domain/plain-date.ts';
import type { FaultSpec, RequestKind } from '../../simulators/faults.ts';
import { DEFAULT_POLICY } from '../../simulators/webhooks.ts';
import { type Action, anyNights, anyProperty, type Scene } from '../workload/scene.ts';
import type { Channel } from '../world/channels.ts';

/** A request whose fate is unknown lands before its quarantine is over: 20 s until it is given up, 60 s from then on. */
const LATEST_LANDING_MS = 55_000;
const FORBIDDEN_MS = { shortest: 5_000, longest: 60_000 };
const OUTAGE_MS = { shortest: 20_000, longest: 150_000 };

type Draw = (scene: Scene) => FaultSpec;

/** Some fault of some platform. A write that is answered and lost is left out: only reconciliation can find it. */
const FAULTS: Readonly<Record<string, readonly [number, Draw]>> = {
  unavailable: [
    4,
    (scene) => ({
      kind: 'fail',
      status: scene.world.chance.pick([500, 502, 503]),
      on: someKind(scene),
      times: scene.world.chance.integer(1, 4),
    }),
  ],
  too_many: [
    2,
    (scene) => ({
      kind: 'fail',
      status: 429,
      on: someKind(scene),
      times: scene.world.chance.integer(1, 2),
      ...(scene.world.chance.happens(0.5) ? { retryAfter: scene.world.chance.integer(1, 8) } : {}),
    }),
  ],
  request_timeout: [1, () => ({ kind: 'fail', status: 408, on: 'write' })],
  forbidden: [0.5, () => ({ kind: 'fail', status: 403, on: 'write' })],
  unauthorized: [1, (scene) => ({ kind: 'fail', status: 401, on: someKind(scene) })],
  slow: [
    3,
    (scene) => ({
      kind: 'slow',
      delay: scene.world.chance.between(500, 26_000),
      on: someKind(scene),
    }),
  ],
  hang: [2, (scene) => ({ kind: 'hang', on: someKind(scene) })],
  reset: [
    2,
    (scene) => ({ kind: 'reset', applied: scene.world.chance.happens(0.5), on: someKind(scene) }),
  ],
  apply_then_timeout: [
    3,
    (scene) => ({
      kind: 'apply_then_timeout',
      on: scene.world.chance.pick(['write', 'acknowledge']),
    }),
  ],
  apply_late: [
    4,
    (scene) => ({
      kind: 'apply_late',
      delay: scene.world.chance.between(1_000, LATEST_LANDING_MS),
      answer: scene.world.chance.pick(['none', 'gateway_timeout']),
      on: 'write',
      times: scene.world.chance.integer(1, 2),
    }),
  ],
  partial: [2, (scene) => ({ kind: 'partial', share: scene.world.chance.between(0.1, 0.6) })],
  refuse: [2, refusal],
  malformed_body: [2, (scene) => ({ kind: 'malformed_body', on: someKind(scene) })],
  wrong_content_type: [1, (scene) => ({ kind: 'wrong_content_type', on: someKind(scene) })],
  huge_body: [0.7, (scene) => ({ kind: 'huge_body', on: someKind(scene) })],
  token_endpoint: [1, () => ({ kind: 'fail', status: 503, on: 'token', times: 2 })],
};

function someKind({ world }: Scene): RequestKind {
  return world.chance.weighted({ write: 6, poll: 2, fetch: 1, acknowledge: 2 });
}

function refusal(scene: Scene): FaultSpec {
  const { chance } = scene.world;
  const field = chance.pick(['availability', 'price', 'restrictions'] as const);
  const { start } = anyNights(scene, anyProperty(scene));
  const nights = Array.from({ length: 4 }, (_, day) => addDays(start, day));
  return {
    kind: 'refuse',
    field,
    times: chance.integer(1, 2),
    ...(chance.happens(0.6) ? { nights } : {}),
  };
}

/** Some platform that takes requests; what can go wrong with one that fetches is in `crawlers.ts`. */
function anyChannel({ world }: Scene): Channel {
  return world.chance.pick([...world.channels.values()].filter(({ crawler }) => crawler === null));
}

/** Some platform that hands out tokens. */
function anyTokenChannel({ world }: Scene): Channel {
  const channels = [...world.channels.values()].filter(
    ({ name }) => world.connectorOf(name)?.manifest.authentication !== 'identity',
  );
  return world.chance.pick(channels);
}

const errs: Action = (scene) => {
  const { chance } = scene.world;
  const weights = Object.fromEntries(
    Object.entries(FAULTS).map(([name, [weight]]) => [name, weight]),
  );
  const draw = FAULTS[chance.weighted(weights)]?.[1];
  const channel = anyChannel(scene);
  const unit = chance.pick(channel.platform.units());
  const target = chance.happens(0.5) ? { target: channel.platform.targetOf(unit) } : {};
  if (draw) channel.platform.faults.arm({ ...draw(scene), ...target });
};

/** One listing or hotel answers nothing but 503 for a while: its breaker opens, the others' do not. */
const isOut: Action = (scene) => {
  const { world } = scene;
  const { platform } = anyChannel(scene);
  const target = platform.targetOf(world.chance.pick(platform.units()));
  const fault = platform.faults.arm({
    kind: 'fail',
    status: 503,
    on: 'write',
    target,
    times: null,
  });
  const length = world.chance.between(OUTAGE_MS.shortest, OUTAGE_MS.longest);
  world.host.after(length, () => platform.faults.clear(fault));
};

/** A platform turns everything away that comes from our address: it is not on its list for a while. */
const forbids: Action = (scene) => {
  const { chance, host } = scene.world;
  const { platform } = anyChannel(scene);
  const fault = platform.faults.arm({ kind: 'fail', status: 403, times: null });
  host.after(chance.between(FORBIDDEN_MS.shortest, FORBIDDEN_MS.longest), () =>
    platform.faults.clear(fault),
  );
};

const expiresTokens: Action = (scene) => anyTokenChannel(scene).platform.expireTokens();

/** The platform takes an authorisation back: the refresh is refused, and a person has to consent again. */
const revokes: Action = (scene) => {
  const { platform } = anyTokenChannel(scene);
  platform.faults.arm({ kind: 'fail', status: 400, on: 'token' });
  platform.expireTokens();
};

const webhooksSuffer: Action = (scene) => {
  const { chance } = scene.world;
  const { platform } = anyChannel(scene);
  platform.webhooks.policy = {
    ...DEFAULT_POLICY,
    duplicate: chance.between(0, 0.5),
    drop: chance.between(0, 0.5),
    delay: [0, chance.between(0, 30_000)],
  };
  scene.world.webhooks.losing = chance.between(0, 0.3);
};

const networkRefuses: Action = ({ world }) => {
  world.network.refusing = world.chance.between(0.05, 0.5);
  world.host.after(world.chance.between(1_000, 15_000), () => {
    world.network.refusing = 0;
  });
};

const slowsDown: Action = (scene) => {
  const { chance } = scene.world;
  anyChannel(scene).platform.setAnswerTime(5, chance.integer(10, 3_000));
};

/** Nothing goes wrong any more; what was armed is forgotten. */
export function calmChannels({ world }: Scene): void {
  world.network.refusing = 0;
  world.webhooks.losing = 0;
  for (const { platform } of world.channels.values()) {
    platform.faults.clear();
    platform.webhooks.policy = DEFAULT_POLICY;
    platform.setAnswerTime(5, 300);
  }
}

export const CHANNEL_FAULTS = {
  'fault.channel.arm': [14, errs],
  'fault.channel.outage': [1, isOut],
  'fault.channel.forbids': [0.5, forbids],
  'fault.channel.tokens_expire': [1, expiresTokens],
  'fault.channel.revoked': [0.3, revokes],
  'fault.channel.webhooks': [2, webhooksSuffer],
  'fault.channel.unreachable': [1, networkRefuses],
  'fault.channel.slower': [1, slowsDown],
} as const satisfies Record<string, readonly [number, Action]>;
