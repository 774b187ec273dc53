import { covers, monthOf, nightsOf } from '../../schemas/domain/plain-date.ts';
import type { CellReference, ChannelCommand } from '../../schemas/generated/types.ts';
import type { AcknowledgedCalendar, CellName } from './calendar.ts';
import { fullSync, held, overridden, rechecked, requeued } from './field-state.ts';

/** What a command asks of the agent besides moving cells. */
export interface CommandEffect {
  /** Forget back-off and fault: a person wants to see it tried now. */
  readonly forgive: boolean;
  /** Cells that a request of a former owner may still reach. */
  readonly doubtful: readonly CellName[];
}

const NONE: CommandEffect = { forgive: false, doubtful: [] };

/** Moves the cells that a command names. Commands of later stages (reconcile, respond, approve, fetched) move none. */
export function applyCommand(value: ChannelCommand, calendar: AcknowledgedCalendar): CommandEffect {
  const command = value.command;
  if ('parity.events.FullSync' in command) {
    calendar.transform(fullSync);
    return { ...NONE, forgive: true };
  }
  if ('parity.events.Requeue' in command) {
    const { cells } = command['parity.events.Requeue'];
    calendar.transform(
      requeued,
      (name) => cells.length === 0 || cells.some((cell) => names(cell, name)),
    );
    return { ...NONE, forgive: true };
  }
  if ('parity.events.Recheck' in command) {
    const { cells, version } = command['parity.events.Recheck'];
    const doubtful = version === null;
    const found: CellName[] = [];
    calendar.transform(
      (cell, name) => {
        if (doubtful) found.push(name);
        return rechecked(cell, doubtful);
      },
      (name) =>
        (cells.length === 0 || cells.some((cell) => names(cell, name))) &&
        (version === null || calendar.version(monthOf(name.night)) <= version),
    );
    return { ...NONE, doubtful: found };
  }
  if ('parity.events.Hold' in command) {
    const { nights, code } = command['parity.events.Hold'];
    for (const night of nightsOf(nights)) {
      const name = { night, field: 'availability', ratePlanId: null } as const;
      calendar.set(name, held(calendar.cell(name), code));
    }
    return NONE;
  }
  if ('parity.events.Override' in command) {
    const { nights } = command['parity.events.Override'];
    calendar.transform(overridden, (name) => covers(nights, name.night));
    return { ...NONE, forgive: true };
  }
  return NONE;
}

function names(reference: CellReference, name: CellName): boolean {
  return (
    reference.field === name.field &&
    reference.rate_plan_id === name.ratePlanId &&
    covers(reference.nights, name.night)
  );
}
