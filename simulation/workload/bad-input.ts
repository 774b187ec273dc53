import type { PropertyId } from '../../schemas/domain/ids.ts';
import type { PmsEvent } from '../../schemas/generated/types.ts';
import { partitionOf } from '../../topology/placement.ts';
import { type Action, anyNights, anyProperty, type Scene } from './scene.ts';

/** A block of some nights, as its tenant might say it. */
function blockEvent(scene: Scene, changes: Partial<PmsEvent>): PmsEvent {
  const { world, pms } = scene;
  const property = anyProperty(scene);
  const propertyId = changes.property_id ?? property.id;
  return {
    event_id: world.chance.uuid(),
    event_type: 'availability.updated',
    tenant_id: property.tenantId,
    property_id: propertyId,
    sequence: 1_000_000,
    occurred_at: Math.floor(pms.environment.clock.now()),
    origin: null,
    payload: {
      'parity.pms.AvailabilityUpdated': {
        property_id: propertyId,
        date_range: anyNights(scene, property),
        available: false,
        block_id: null,
        expires_at: null,
        reason: null,
      },
    },
    ...changes,
  };
}

function send({ world, pms }: Scene, event: PmsEvent): Promise<void> {
  const partition = partitionOf(event.property_id, world.topology.partitions);
  return pms.producer.send(partition, event.property_id, world.serde.encode('pms.events', event));
}

const garbage: Action = (scene) => {
  const { id } = anyProperty(scene);
  const { partitions } = scene.world.topology;
  const bytes = Uint8Array.from([0, 0, 0, 0, scene.world.chance.integer(1, 250), 1, 2, 3]);
  return scene.pms.producer.send(partitionOf(id, partitions), id, bytes);
};

const withoutSequence: Action = (scene) => send(scene, blockEvent(scene, { sequence: null }));

const senseless: Action = (scene) => {
  const event = blockEvent(scene, {});
  const { start, end } = anyNights(scene, anyProperty(scene));
  return send(scene, {
    ...event,
    payload: {
      'parity.pms.AvailabilityUpdated': {
        property_id: event.property_id,
        date_range: { start: end, end: start },
        available: false,
        block_id: null,
        expires_at: null,
        reason: null,
      },
    },
  });
};

/** One tenant speaks of a property of another. */
const forged: Action = (scene) => {
  const [first, second] = scene.world.plan.tenants;
  const victim = first?.properties[0];
  // Whoever speaks first of a property that nobody knows is believed: the producers of this topic are trusted with that.
  if (!victim || !second || !scene.world.log.get('property.calendar', `${victim.id}/about`)) return;
  return send(scene, blockEvent(scene, { property_id: victim.id, tenant_id: second.id }));
};

const unknownProperty: Action = (scene) =>
  send(scene, blockEvent(scene, { property_id: scene.world.chance.uuid() as PropertyId }));

/** Somebody else posts a webhook in the name of a platform. */
const forgedWebhook: Action = async (scene) => {
  const { world } = scene;
  const property = anyProperty(scene);
  const connection = world.chance.pick(property.connections);
  const body = JSON.stringify({ action: 'reservation_requested', confirmation_code: 'FORGED' });
  const headers = {
    'content-type': 'application/json',
    date: new Date(world.host.now()).toUTCString(),
    'x-airbnb-signature': '0'.repeat(64),
    'x-booking-signature': '0'.repeat(64),
  };
  const url = `/webhooks/${connection.channel}/${connection.id}`;
  const status = await world.webhooks.post(url, headers, body).catch(() => null);
  if (status !== null && status < 300)
    world.violations.add('I8', `a webhook with a wrong signature was taken by ${url}`);
};

export const BAD_INPUT = {
  'input.bad.garbage': [1, garbage],
  'input.bad.without_sequence': [1, withoutSequence],
  'input.bad.senseless': [1, senseless],
  'input.bad.forged_tenant': [1, forged],
  'input.bad.unknown_property': [1, unknownProperty],
  'input.bad.forged_webhook': [1, forgedWebhook],
} as const satisfies Record<string, readonly [number, Action]>;
