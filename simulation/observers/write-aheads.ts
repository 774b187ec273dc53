import { dateAt } from '../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage } from '../../schemas/generated/types.ts';
import type { TableChanged } from './log-scan.ts';

/** Counts the openings that were recorded before their request left, by connection and night. Its owner may die in between. */
export class WriteAheads {
  readonly #counts = new Map<string, number>();

  readonly look: TableChanged = (topic, _key, before, after) => {
    if (topic !== 'channel.acknowledged' || !after) return;
    const [old, page] = [before as AcknowledgedPage | undefined, after as AcknowledgedPage];
    const isAvailability = ({ field }: { readonly field: string }) => field === 'availability';
    const known = old?.columns.find(isAvailability)?.cells;
    for (const [day, cell] of (page.columns.find(isAvailability)?.cells ?? []).entries()) {
      const isOpening = cell.state === 'in_flight' && (cell.value ?? 0) > 0;
      if (!isOpening || known?.[day]?.state === 'in_flight') continue;
      const key = `${page.connection_id} ${dateAt(page.month, day)}`;
      this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    }
  };

  openings(connectionId: string, night: string): number {
    return this.#counts.get(`${connectionId} ${night}`) ?? 0;
  }
}
