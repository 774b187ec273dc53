import type { EventRecordOf } from '../../../runtime/stage.ts';
import type { ChannelCommand, ConnectionHealth } from '../../../schemas/generated/types.ts';
import { CLOSED } from '../permission/breaker.ts';

/** How long a command waits for the row of its connection, ms: as long as its topic keeps it. */
const COMMAND_KEPT_MS = 7 * 86_400_000;
/** Most commands that wait for one connection. */
const WAITING_MAX = 100;

/**
 * A command may overtake the row of its connection, which comes on another topic. It then waits in the connection's health, where the agent will
 * find it, so that its offset may be committed.
 * @returns null: too many wait already
 */
export function withWaiting(
  health: ConnectionHealth | undefined,
  { value, offset }: EventRecordOf<'channel.commands'>,
  now: number,
): ConnectionHealth | null {
  const known = health ?? unknownConnection(value);
  if (offset <= known.applied_command_offset) return known;
  if (known.pending_commands.length >= WAITING_MAX) return null;
  const pending = {
    command_id: value.command_id,
    kind: Object.keys(value.command)[0] ?? '',
    since: Math.round(now),
    command: [value],
  };
  return {
    ...known,
    pending_commands: [...known.pending_commands, pending],
    applied_command_offset: offset,
  };
}

/** The commands that wait, in the order in which they came. */
export function waitingIn(health: ConnectionHealth | undefined): ChannelCommand[] {
  return (health?.pending_commands ?? []).flatMap(({ command }) => [...command]);
}

/** Nobody will come for them any more. */
export function haveWaitedEnough(health: ConnectionHealth, now: number): boolean {
  return health.pending_commands.every(({ since }) => since < now - COMMAND_KEPT_MS);
}

function unknownConnection({ connection_id, tenant_id }: ChannelCommand): ConnectionHealth {
  return {
    connection_id,
    tenant_id,
    incarnation: 0,
    breaker: CLOSED.state,
    consecutive_failures: 0,
    consecutive_successes: 0,
    opened_at: null,
    retry_attempt: 0,
    next_attempt_at: null,
    fault: null,
    pending_commands: [],
    applied_command_offset: -1,
    phase: null,
    full_sync: null,
  };
}
