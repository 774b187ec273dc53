import type { PageName } from '../../schemas/domain/page.ts';
import type { PlainDate, PlainMonth } from '../../schemas/domain/plain-date.ts';
import { addDays, monthsOf } from '../../schemas/domain/plain-date.ts';
import type { ChannelCapabilities } from './capabilities.ts';

/**
 * The months of a connection's pages: from yesterday's, since at midnight requests for the night before may still be out, to the channel's
 * farthest horizon.
 */
export function monthsOfWindow(
  today: PlainDate,
  capabilities: ChannelCapabilities,
): readonly PlainMonth[] {
  const { fields, horizonDays } = capabilities;
  const days = Math.max(0, ...fields.map((field) => horizonDays[field]));
  return monthsOf({ start: addDays(today, -1), end: addDays(today, days + 1) });
}

export function pageKey(connectionId: string, page: PageName): string {
  return `${connectionId}/${page}`;
}
