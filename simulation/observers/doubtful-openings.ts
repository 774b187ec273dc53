import { dateAt } from '../../schemas/domain/plain-date.ts';
import type { AcknowledgedPage } from '../../schemas/generated/types.ts';
import type { TableChanged } from './log-scan.ts';

/**
 * Openings that were recorded before their request left, and of which nobody knows whether it did: their owner died in between. By connection and
 * night, the times (ms, by the clock of who found them) of which its successor has to assume that the night went on sale.
 */
export class DoubtfulOpenings {
  readonly #times = new Map<string, number[]>();

  readonly look: TableChanged = (topic, _key, before, after) => {
    if (topic !== 'channel.acknowledged' || !before || !after) return;
    const [old, page] = [before as AcknowledgedPage, after as AcknowledgedPage];
    const cellsOf = ({ columns }: AcknowledgedPage) =>
      columns.find(({ field }) => field === 'availability')?.cells ?? [];
    const known = cellsOf(old);
    for (const [day, cell] of cellsOf(page).entries()) {
      const was = known[day];
      const isFound = was?.state === 'in_flight' && (was.value ?? 0) > 0 && cell.quarantined;
      if (!isFound || cell.opened_at === null || cell.opened_at === was.opened_at) continue;
      const key = `${page.connection_id} ${dateAt(page.month, day)}`;
      this.#times.set(key, [...(this.#times.get(key) ?? []), cell.opened_at]);
    }
  };

  /** Times of those that were found up to `until`. */
  of(connectionId: string, night: string, until: number): readonly number[] {
    return (this.#times.get(`${connectionId} ${night}`) ?? []).filter((at) => at <= until);
  }
}
