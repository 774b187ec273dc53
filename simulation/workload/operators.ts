import type { PropertyId } from '../../schemas/domain/ids.ts';
import type { ChannelCommand } from '../../schemas/generated/types.ts';
import { commandMessage } from '../../storage/ports/outbox.ts';
import { allProperties, type ConnectionPlan } from '../world/plan.ts';
import { activate, pause } from './going-live.ts';
import { type Action, anyConnection, anyNights, type Scene } from './scene.ts';

const pauses: Action = (scene) => {
  const { tenantId, id } = anyConnection(scene);
  return scene.pms.connections.pause(tenantId, id).then(() => undefined);
};

const resumes: Action = (scene) => {
  const { tenantId, id } = anyConnection(scene);
  return scene.pms.connections.resume(tenantId, id).then(() => undefined);
};

/** Detached, and attached again after a while. */
const reattaches: Action = async (scene) => {
  const connection = anyConnection(scene);
  const { tenantId, id } = connection;
  await scene.pms.connections.disconnect(tenantId, id);
  await pause(scene, 20_000);
  await scene.pms.connections.attach(tenantId, id);
  await activate(scene, connection);
};

/** Paused, activated, detached and attached in quick succession. */
const fidgets: Action = async (scene) => {
  const connection = anyConnection(scene);
  const { tenantId, id } = connection;
  const { connections } = scene.pms;
  await connections.pause(tenantId, id);
  await connections.resume(tenantId, id);
  await connections.disconnect(tenantId, id);
  await connections.attach(tenantId, id);
  await activate(scene, connection);
};

const adjustsPrices: Action = (scene) => {
  const connection = anyConnection(scene);
  const { chance } = scene.world;
  const hundredths = chance.integer(-10, 20) * 100;
  const ratePlans = connection.ratePlans.map(({ id }) => ({
    rate_plan_id: id,
    adjustment: chance.happens(0.3) ? null : { kind: 'percentage' as const, hundredths },
  }));
  return scene.pms.connections
    .change(connection.tenantId, connection.id, { ratePlans })
    .then(() => undefined);
};

/** Asks something of the delivery of a connection. */
export async function command(
  { pms, world }: Scene,
  connection: ConnectionPlan,
  wish: ChannelCommand['command'],
): Promise<void> {
  const value: ChannelCommand = {
    command_id: world.chance.uuid(),
    connection_id: connection.id,
    tenant_id: connection.tenantId,
    issued_at: Math.floor(pms.environment.clock.now()),
    issued_by: 'simulation',
    command: wish,
  };
  await pms.storage.outbox.append(connection.tenantId, [
    commandMessage(value, connection.propertyId as PropertyId),
  ]);
}

function commands(
  wishOf: (scene: Scene, connection: ConnectionPlan) => ChannelCommand['command'],
): Action {
  return (scene) => {
    const connection = anyConnection(scene);
    return command(scene, connection, wishOf(scene, connection));
  };
}

function nightsOf(scene: Scene, connection: ConnectionPlan) {
  const property = allProperties(scene.world.plan).find(({ id }) => id === connection.propertyId);
  if (!property) throw new RangeError(`no property ${connection.propertyId}`);
  return anyNights(scene, property);
}

/** The owner authorises again whatever has expired. */
export const reauthorizes: Action = async (scene) => {
  const { world, pms } = scene;
  const renewed = new Set<string>();
  for (const { id: tenantId } of world.plan.tenants) {
    for (const row of await pms.connections.list(tenantId)) {
      if (row.phase !== 'expired' || row.credentialId === null) continue;
      if (!renewed.has(row.credentialId)) await renew(scene, row.channel, row.credentialId);
      renewed.add(row.credentialId);
      await pms.connections.reauthorize(tenantId, row.id);
      world.tally.count('input.operator.reauthorized');
    }
  }
};

/** Of what does not expire, ms since the epoch. */
const FAR_AHEAD_MS = Date.UTC(2100, 0);

/** New tokens by the owner's consent; where there are none, the same login once more. */
async function renew({ world, pms }: Scene, channel: string, id: string): Promise<void> {
  const consent = world.channel(channel).consent(id);
  await pms.storage.credentials.replace(id, {
    accessToken: world.vault.seal(consent?.accessToken ?? 'none'),
    refreshToken: null,
    expiresAt: Math.floor(consent?.expiresAt ?? FAR_AHEAD_MS),
  });
}

export const OPERATOR_ACTIONS = {
  'input.operator.pause': [2, pauses],
  'input.operator.resume': [4, resumes],
  'input.operator.reattach': [2, reattaches],
  'input.operator.fidget': [1, fidgets],
  'input.operator.adjust_prices': [1, adjustsPrices],
  'input.operator.full_sync': [1, commands(() => ({ 'parity.events.FullSync': {} }))],
  'input.operator.requeue': [1, commands(() => ({ 'parity.events.Requeue': { cells: [] } }))],
  'input.operator.recheck': [
    1,
    commands(() => ({ 'parity.events.Recheck': { cells: [], version: null, content: false } })),
  ],
  'input.operator.hold': [
    1,
    commands((scene, connection) => ({
      'parity.events.Hold': { nights: nightsOf(scene, connection), code: 'HELD_BY_OWNER' },
    })),
  ],
  'input.operator.override': [
    1,
    commands((scene, connection) => ({
      'parity.events.Override': { nights: nightsOf(scene, connection), once_closed: false },
    })),
  ],
  'input.operator.accept': [
    1,
    commands((scene, connection) => ({
      'parity.events.Override': { nights: nightsOf(scene, connection), once_closed: true },
    })),
  ],
  'input.operator.reauthorize': [2, reauthorizes],
} as const satisfies Record<string, readonly [number, Action]>;
