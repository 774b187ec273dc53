import type { EventRecord } from '../../../runtime/stage.ts';
import { covers, daysBetween, nightsOf } from '../../../schemas/domain/plain-date.ts';
import { ParityError } from '../../../schemas/errors.ts';
import { MAX_NIGHTS } from '../../../schemas/event-values.ts';
import type {
  CellReference,
  ChannelCommand,
  DateRange,
  Fetched,
  Recheck,
} from '../../../schemas/generated/types.ts';
import type { AcknowledgedCalendar } from '../calendar/calendar.ts';
import { nameOf } from '../calendar/calendar.ts';
import type { CellName, NightCell } from '../calendar/cell-name.ts';
import { isContent, pageOf } from '../calendar/cell-name.ts';
import type { Cell } from '../calendar/field-state.ts';
import {
  accepted,
  fullSync,
  held,
  overridden,
  rechecked,
  requeued,
} from '../calendar/field-state.ts';

/** What a command asks of the agent besides moving cells. */
export interface CommandEffect {
  /** Forget back-off and fault: a person wants to see it tried now. */
  readonly forgive: boolean;
  /** What is out now proves nothing either. */
  readonly everything: boolean;
  /** Cells that a request of a former owner may still reach. */
  readonly doubtful: readonly CellName[];
  /** The channel has a document in this state. */
  readonly fetched: Fetched | null;
}

const NONE: CommandEffect = { forgive: false, everything: false, doubtful: [], fetched: null };

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
  return nights > 0 && nights <= MAX_NIGHTS;
}

/** Moves the cells that a command names. A fetch is the publisher's to judge; commands of later stages (reconcile, respond, approve) move none. */
export function applyCommand(value: ChannelCommand, calendar: AcknowledgedCalendar): CommandEffect {
  const command = value.command;
  if ('parity.events.FullSync' in command) {
    calendar.transform(fullSync);
    return { ...NONE, forgive: true, everything: true };
  }
  if ('parity.events.Requeue' in command) {
    named(calendar, command['parity.events.Requeue'].cells, false, requeued);
    return { ...NONE, forgive: true };
  }
  if ('parity.events.Recheck' in command) {
    return recheck(calendar, command['parity.events.Recheck']);
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
    calendar.transform((cell, column, index) => {
      const name = nameOf(column, index);
      return !isContent(name) && covers(nights, name.night) ? transition(cell) : cell;
    });
    return { ...NONE, forgive: !once_closed };
  }
  if ('parity.events.Fetched' in command)
    return { ...NONE, fetched: command['parity.events.Fetched'] };
  return NONE;
}

/** A finding (`version`: of the page when it was made) counts only while nothing newer happened to the page. */
function recheck(
  calendar: AcknowledgedCalendar,
  { cells, version, content }: Recheck,
): CommandEffect {
  const doubtful: CellName[] = [];
  named(calendar, cells, content, (cell, name) => {
    if (version !== null && calendar.version(pageOf(name)) > version) return cell;
    if (version === null) doubtful.push(name);
    return rechecked(cell, version === null);
  });
  return { ...NONE, doubtful };
}

/** Moves the cells that are named, and the content if it is; nothing named: all. */
function named(
  calendar: AcknowledgedCalendar,
  references: readonly CellReference[],
  content: boolean,
  transition: (cell: Cell, name: CellName) => Cell,
): void {
  calendar.transform((cell, column, index) => {
    const name = nameOf(column, index);
    const isMeant = isContent(name)
      ? content
      : references.some((reference) => names(reference, name));
    const isAll = references.length === 0 && !content;
    return isAll || isMeant ? transition(cell, name) : cell;
  });
}

function names(reference: CellReference, name: NightCell): boolean {
  return (
    reference.field === name.field &&
    reference.rate_plan_id === name.ratePlanId &&
    covers(reference.nights, name.night)
  );
}
