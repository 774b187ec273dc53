import type { FoldContext, Processor, TableView } from '../../runtime/stage.ts';
import type { ConnectionId, PropertyId } from '../../schemas/domain/ids.ts';
import { parseCalendarKey } from '../property-calendar/keys.ts';
import type { CapabilitiesOf } from './capabilities.ts';
import { MappingFold } from './mapping-fold.ts';
import { PartitionIndex } from './partition-index.ts';

export interface MappingOptions {
  /** The manifest of a channel's connector. Asked each time, so it must be cheap. */
  readonly manifestOf: CapabilitiesOf;
}

/**
 * Joins `property.calendar` with `channel.connections` into `channel.desired`, a page per connection and month. A change recomputes only the
 * pages it touches; a restore recomputes all; both write only what differs, and both end in the same pages.
 */
export function createMapping({ manifestOf }: MappingOptions): Processor {
  // One index for each partition, found by its tables: it goes when they go.
  const indexes = new WeakMap<TableView, PartitionIndex>();

  function everything(doubtful: readonly string[], state: FoldContext) {
    const index = new PartitionIndex();
    indexes.set(state.tables, index);
    const fold = new MappingFold(index, manifestOf, state);
    fold.everything(new Set(doubtful));
    return fold.result();
  }

  return {
    events: () => ({ outputs: [] }),
    restored: (doubtful, state) =>
      everything(
        doubtful.filter(({ topic }) => topic === 'channel.desired').map(({ key }) => key),
        state,
      ),
    changed: (changes, state) => {
      const index = indexes.get(state.tables);
      if (!index) return everything([], state);
      const fold = new MappingFold(index, manifestOf, state);
      for (const change of changes) {
        if (change.topic === 'channel.connections')
          fold.connectionChanged(change.key as ConnectionId, change);
        if (change.topic !== 'property.calendar') continue;
        const key = parseCalendarKey(change.key);
        if (!key) continue;
        const month = key.kind === 'month' ? key.month : null;
        fold.calendarChanged(key.propertyId as PropertyId, month, change);
      }
      return fold.result();
    },
    wake: (state) => {
      const index = indexes.get(state.tables);
      if (!index) return everything([], state);
      const fold = new MappingFold(index, manifestOf, state);
      fold.timePassed();
      return fold.result();
    },
  };
}
