import type { Connection } from '../../schemas/generated/types.ts';
import type { Change, Plan, PlanContext, PlannedRequest } from '../contract.ts';
import { screen } from '../planning/screening.ts';
import { type Element, inventories, rateAmounts, restrictions } from './elements.ts';
import { googleManifest } from './manifest.ts';
import { MAX_CONTENT_BYTES, type MessageKind, otaRequest } from './wire.ts';

/**
 * One message per kind that changed: restrictions, prices, units; more only beyond 5 MB. Units come last when one of them opens a night,
 * since the night may be shown from then on, and first when all of them close.
 */
export function planGoogle(
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
): Plan {
  const { sendable, refused } = screen(googleManifest, connection, changes, context);
  const units = sendable.filter(({ field }) => field === 'availability');
  const prices = sendable.filter(({ field }) => field === 'price');
  const rules = sendable.filter(({ field }) => field !== 'availability' && field !== 'price');
  const inventory = messages('hotel_inv_count_notif', connection, units, context);
  const rest = [
    ...messages('hotel_avail_notif', connection, rules, context),
    ...messages('hotel_rate_amount_notif', connection, prices, context),
  ];
  const opens = units.some(({ value }) => value > 0);
  return { requests: opens ? [...rest, ...inventory] : [...inventory, ...rest], refused };
}

/** The messages of one kind, in order of time. Rates go as `Delta`: other nights keep theirs. */
export function messages(
  kind: MessageKind,
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
  notifType: 'Delta' | 'Overlay' = 'Delta',
): PlannedRequest[] {
  if (changes.length === 0) return [];
  const attributes =
    kind === 'hotel_rate_amount_notif'
      ? ` NotifType="${notifType}" NotifScopeType="ProductRate"`
      : '';
  return packed(elementsOf(kind, connection, changes, context)).map((group) => ({
    ...otaRequest(
      kind,
      connection.listing,
      group.map(({ xml }) => xml).join(''),
      attributes,
      context.now,
    ),
    changes: group.flatMap((element) => element.changes),
  }));
}

/** A vacation rental is one room, and its RoomID is the id of the property. */
function elementsOf(
  kind: MessageKind,
  connection: Connection,
  changes: readonly Change[],
  context: PlanContext,
): Element[] {
  const room = connection.room_id ?? connection.listing;
  switch (kind) {
    case 'hotel_avail_notif':
      return restrictions(room, changes);
    case 'hotel_rate_amount_notif':
      return rateAmounts(room, changes, context);
    case 'hotel_inv_count_notif':
      return inventories(room, changes);
  }
}

function packed(elements: readonly Element[]): Element[][] {
  const groups: Element[][] = [];
  let group: Element[] = [];
  let bytes = 0;
  for (const element of elements) {
    const size = Buffer.byteLength(element.xml);
    if (group.length > 0 && bytes + size > MAX_CONTENT_BYTES) {
      groups.push(group);
      group = [];
      bytes = 0;
    }
    group.push(element);
    bytes += size;
  }
  if (group.length > 0) groups.push(group);
  return groups;
}
