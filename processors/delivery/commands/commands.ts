import type { EventRecord } from '../../../runtime/stage.ts';
import { covers, daysBetween, monthOf, nightsOf } from '../../../schemas/domain/plain-date.ts';
import { ParityError } from '../../../schemas/errors.ts';
import type { CellReference, ChannelCommand, DateRange } from '../../../schemas/generated/types.ts';
import type { AcknowledgedCalendar, CellName } from '../calendar/calendar.ts';
import { nameOf } from '../calendar/calendar.ts';
import type { Cell } from '../calendar/field-state.ts';
import {
  accepted,
  fullSync,
  held,
  overridden,
  rechecked,
  requeued,
} from '../calendar/field-state.ts';

/** Most nights that a command may name in one range. */
const NIGHTS_MAX = 1_500;

/** What a command asks of the agent besides moving cells. */
export interface CommandEffect {
  /** Forget back-off and fault: a person wants to see it tried now. */
  readonly forgive: boolean;
  /** What is out now proves nothing either. */
  readonly everything: boolean;
  /** Cells that a request of a former owner may still reach. */
  readonly doubtful: readonly CellName[];
}

const NONE: CommandEffect = { forgive: false, everything: false, doubtful: [] };

/** What is wrong with a command by itself; null: nothing. */
export function invalidCommand(record: EventRecord): ParityError | null {
  if (record.topic !== 'channel.commands') return null;
  const { connection_id, command } = record.value;
  if (record.key !== connection_id)
    return new ParityError('EVENT_KEY_MISMATCH', `the key is not ${connection_id}`);
  const wrong = rangesOf(command).find((range) => !isSound(range));
  return wrong
    ? new ParityError('COMMAND_INVALID', `${wrong.start} to ${wrong.end} is no range of nights`)
    : null;
}

function rangesOf(command: ChannelCommand['command']): readonly DateRange[] {
  if ('parity.events.Hold' in command) return [command['parity.events.Hold'].nights];
  if ('parity.events.Override' in command) return [command['parity.events.Override'].nights];
  const cells =
    'parity.events.Recheck' in command
      ? command['parity.events.Recheck'].cells
      : 'parity.events.Requeue' in command
        ? command['parity.events.Requeue'].cells
        : [];
  return cells.map(({ nights }) => nights);
}

function isSound({ start, end }: DateRange): boolean {
  const nights = daysBetween(start, end);
  return nights > 0 && nights <= NIGHTS_MAX;
}

/** Moves the cells that a command names. Commands of later stages (reconcile, respond, approve, fetched) move none. */
export function applyCommand(value: ChannelCommand, calendar: AcknowledgedCalendar): CommandEffect {
  const command = value.command;
  if ('parity.events.FullSync' in command) {
    calendar.transform(fullSync);
    return { ...NONE, forgive: true, everything: true };
  }
  if ('parity.events.Requeue' in command) {
    named(calendar, command['parity.events.Requeue'].cells, requeued);
    return { ...NONE, forgive: true };
  }
  if ('parity.events.Recheck' in command) {
    const { cells, version } = command['parity.events.Recheck'];
    return recheck(calendar, cells, version);
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
    const { nights, once_closed } = command['parity.events.Override'];
    const transition = once_closed ? accepted : overridden;
    calendar.transform((cell, column, index) =>
      covers(nights, nameOf(column, index).night) ? transition(cell) : cell,
    );
    return { ...NONE, forgive: !once_closed };
  }
  return NONE;
}

/** A finding (`version`: of the page when it was made) counts only while nothing newer happened to the page. */
function recheck(
  calendar: AcknowledgedCalendar,
  cells: readonly CellReference[],
  version: number | null,
): CommandEffect {
  const doubtful: CellName[] = [];
  named(calendar, cells, (cell, name) => {
    if (version !== null && calendar.version(monthOf(name.night)) > version) return cell;
    if (version === null) doubtful.push(name);
    return rechecked(cell, version === null);
  });
  return { ...NONE, doubtful };
}

/** Moves the cells that are named; none named: all. */
function named(
  calendar: AcknowledgedCalendar,
  references: readonly CellReference[],
  transition: (cell: Cell, name: CellName) => Cell,
): void {
  calendar.transform((cell, column, index) => {
    const name = nameOf(column, index);
    const isMeant =
      references.length === 0 || references.some((reference) => names(reference, name));
    return isMeant ? transition(cell, name) : cell;
  });
}

function names(reference: CellReference, name: CellName): boolean {
  return (
    reference.field === name.field &&
    reference.rate_plan_id === name.ratePlanId &&
    covers(reference.nights, name.night)
  );
}
