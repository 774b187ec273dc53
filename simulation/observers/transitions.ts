import type {
  AcknowledgedPage,
  Connection,
  FieldAcknowledgement,
} from '../../schemas/generated/types.ts';
import type { Tally } from '../tally.ts';
import type { TableChanged } from './log-scan.ts';

/** Counts what state followed on what: of fields at the channel, and of connections. */
export function countTransitions(tally: Tally): TableChanged {
  return (topic, _key, before, after) => {
    if (topic === 'channel.acknowledged')
      countFields(
        tally,
        before as AcknowledgedPage | undefined,
        after as AcknowledgedPage | undefined,
      );
    else if (topic === 'channel.connections')
      countPhases(tally, before as Connection | undefined, after as Connection | undefined);
  };
}

function countPhases(
  tally: Tally,
  before: Connection | undefined,
  after: Connection | undefined,
): void {
  const from = before?.phase ?? 'none';
  const to = after?.phase ?? 'none';
  if (from !== to) tally.count(`state.connection.${from}>${to}`);
  if (before && after && after.incarnation > before.incarnation)
    tally.count('state.connection.new_incarnation');
}

function countFields(
  tally: Tally,
  before: AcknowledgedPage | undefined,
  after: AcknowledgedPage | undefined,
): void {
  if (!after) return;
  for (const column of after.columns) {
    const known = before?.columns.find(
      ({ field, rate_plan_id }) => field === column.field && rate_plan_id === column.rate_plan_id,
    );
    for (const [day, cell] of column.cells.entries()) countCell(tally, known?.cells[day], cell);
  }
}

function countCell(
  tally: Tally,
  before: FieldAcknowledgement | undefined,
  after: FieldAcknowledgement,
): void {
  const from = before?.state ?? 'uncertain';
  if (from !== after.state) tally.count(`state.field.${from}>${after.state}`);
  const wasQuarantined = before?.quarantined ?? false;
  if (!wasQuarantined && after.quarantined) tally.count('state.field.quarantine_begins');
  if (wasQuarantined && !after.quarantined) tally.count('state.field.quarantine_ends');
}
