import { FAULT_KINDS } from '../simulators/faults.ts';
import { ACTIONS } from './workload/chaos.ts';
import { KILL_POINTS } from './world/process.ts';

/** Faults of the log that its broker counts. */
const LOG_FAULTS = [
  'lostRequests',
  'lostAnswers',
  'partialProduces',
  'duplicatedProduces',
  'lateAppends',
  'delayedDeliveries',
  'freezes',
  'resumes',
  'kills',
  'isolations',
  'forcedRebalances',
  'sessionExpiries',
  'refusedCommits',
  'rewinds',
  'compactedRecords',
  'expiredRecords',
] as const;

const OTHER_FAULTS = [
  'fault.process.restart',
  'fault.process.frozen_in_write',
  'fault.process.clock_skew',
  'fault.database.down',
  'fault.database.broken_before',
  'fault.database.broken_after',
  'fault.producer.duplicate',
  'fault.producer.reordered',
  'fault.producer.foreign_partition',
  'fault.webhook.dropped',
  'fault.webhook.duplicated',
  'fault.webhook.reordered',
  'fault.webhook.repeated',
  'fault.webhook.lost_answer',
  'fault.channel.refused_connections',
  'fault.channel.own_reopening',
  'fault.channel.limit_in_body',
  'fault.channel.one_at_a_time',
  'fault.crawler.lost_document',
  'fault.crawler.turned_away',
  'fault.document.lost_answer',
  'fault.document.process_behind',
] as const;

const FIELD_TRANSITIONS = [
  'uncertain>in_flight',
  'in_flight>known',
  'in_flight>uncertain',
  'in_flight>unsettled',
  'in_flight>rejected',
  'known>in_flight',
  'known>uncertain',
  'unsettled>in_flight',
  'unsettled>uncertain',
  'rejected>in_flight',
  'rejected>uncertain',
  'known>held',
  'uncertain>held',
  'held>in_flight',
  'in_flight>held',
  'held>uncertain',
] as const;

const BREAKER_TRANSITIONS = [
  'closed>open',
  'open>half_open',
  'half_open>closed',
  'half_open>open',
] as const;

const PHASES = [
  'none>pending',
  'pending>importing',
  'importing>preview',
  'preview>active',
  'active>paused',
  'paused>active',
  'active>error',
  'error>active',
  'active>expired',
  'expired>active',
  'active>disconnected',
  'disconnected>pending',
] as const;

const OUTCOMES = [
  'outcome.booking.apply',
  'outcome.booking.repeated',
  'outcome.booking.outdated',
  'outcome.booking.conflict',
  'outcome.booking.promoted',
  'outcome.booking.confirmed',
  'outcome.booking.updated',
  'outcome.booking.cancelled',
  'outcome.booking.of_several_rooms',
  'outcome.revision.duplicate',
  'outcome.revision.redelivered',
  'outcome.event.moved_to_its_partition',
  'outcome.event.of_another_tenant',
  'outcome.zombie.ignored',
  'outcome.zombie.repaired',
  'outcome.token.renewed',
  'outcome.webhook.refused',
  'outcome.document.taken',
  'outcome.limiter.waited.listing',
  'outcome.limiter.waited.credential',
  'outcome.limiter.waited.address',
  'input.guest.book.done',
  'input.guest.several_rooms.done',
  'input.guest.modify.done',
  'input.guest.cancel.done',
  'input.guest.request.done',
  'input.guest.request.accepted',
  'input.guest.request.denied',
  'input.pms.move.of_channel',
  'input.pms.cancel.of_channel',
] as const;

/** A write that a channel answers and loses can be found by reconciliation alone, which this build does not have. */
const LEFT_OUT: ReadonlySet<string> = new Set(['lose_write']);

/** Every kind of fault and every transition that a whole run must have seen; a zero fails the run. */
export const REQUIRED: readonly string[] = [
  ...Object.keys(ACTIONS),
  ...KILL_POINTS.map((point) => `fault.process.kill.${point}`),
  ...LOG_FAULTS.map((name) => `fault.log.${name}`),
  ...FAULT_KINDS.filter((kind) => !LEFT_OUT.has(kind)).map((kind) => `fault.channel.hit.${kind}`),
  ...OTHER_FAULTS,
  ...FIELD_TRANSITIONS.map((name) => `state.field.${name}`),
  'state.field.quarantine_begins',
  'state.field.quarantine_ends',
  ...BREAKER_TRANSITIONS.map((name) => `state.breaker.${name}`),
  ...PHASES.map((name) => `state.connection.${name}`),
  'state.connection.new_incarnation',
  ...OUTCOMES,
  'input.time.midnight',
];

/** What of it never happened. */
export function missingIn(counts: Readonly<Record<string, number>>): readonly string[] {
  return REQUIRED.filter((name) => (counts[name] ?? 0) === 0);
}

/** Below so many seeds rare things may stay out, and their absence says nothing. */
export const SEEDS_FOR_COVERAGE = 100;
