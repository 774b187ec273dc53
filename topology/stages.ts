import { TOPICS } from './topics.ts';
import type { Stage, Topology } from './types.ts';

/** Who reads and writes what. Every stage may besides write `channel.alerts` and `channel.dead-letters`. */
export const STAGES: readonly Stage[] = [
  {
    name: 'relay',
    partitionedBy: 'none',
    inputs: [],
    outputs: [
      'channel.connections',
      'channel.accounts',
      'pms.events',
      'channel.inbox',
      'channel.commands',
    ],
    callsChannels: false,
    description: 'Carries outbox rows of PostgreSQL into the log, in the order of their ids',
  },
  {
    name: 'ingress',
    partitionedBy: 'none',
    inputs: ['channel.connections', 'channel.accounts', 'channel.documents', 'channel.desired'],
    outputs: ['channel.webhooks', 'channel.inbox', 'channel.commands'],
    callsChannels: false,
    description:
      'Takes webhooks, and answers only after the log has the record; serves documents to channels that fetch. Planned: synchronous questions',
  },
  {
    name: 'intake',
    partitionedBy: 'property',
    inputs: ['pms.events'],
    outputs: ['property.calendar', 'pms.events'],
    callsChannels: false,
    description:
      'Folds events into the calendar by sequence; moves records that lie in a foreign partition',
  },
  {
    name: 'mapping',
    partitionedBy: 'property',
    inputs: ['property.calendar', 'channel.connections'],
    outputs: ['channel.desired'],
    callsChannels: false,
    description: 'Computes what each connection of a property should show',
  },
  {
    name: 'delivery',
    partitionedBy: 'property',
    inputs: ['channel.desired', 'channel.connections', 'channel.commands'],
    outputs: [
      'channel.acknowledged',
      'channel.observed',
      'channel.documents',
      'channel.health',
      'channel.commands',
      'channel.sync-log',
    ],
    callsChannels: true,
    description:
      'Sends the difference between desired and acknowledged in as few requests as the platform allows',
  },
  {
    name: 'polling',
    partitionedBy: 'account',
    inputs: ['channel.accounts', 'channel.inbox'],
    outputs: ['channel.webhooks', 'channel.cursors', 'channel.sync-log'],
    callsChannels: true,
    description: 'Polls accounts, fetches and routes reservations, sends acknowledgements',
  },
  {
    name: 'dedup',
    partitionedBy: 'property',
    inputs: ['channel.webhooks'],
    outputs: ['channel.bookings', 'channel.revisions'],
    callsChannels: false,
    description: 'Passes each revision of a reservation on once',
  },
  {
    name: 'bookings',
    partitionedBy: 'property',
    inputs: ['channel.bookings'],
    outputs: [],
    callsChannels: false,
    description:
      'Stores revisions in PostgreSQL under the row lock; what follows from them goes through the outbox',
  },
  {
    name: 'reconciliation',
    partitionedBy: 'property',
    inputs: ['channel.observed', 'channel.desired', 'channel.acknowledged', 'channel.connections'],
    outputs: ['channel.commands', 'channel.inbox', 'channel.sync-log'],
    callsChannels: false,
    planned: true,
    description: 'Compares what a channel shows with what it should show, and asks for the repair',
  },
  {
    name: 'journal',
    partitionedBy: 'property',
    inputs: ['channel.sync-log', 'channel.alerts'],
    outputs: [],
    callsChannels: false,
    description: 'Writes sync logs and alerts to PostgreSQL. Planned: notifies owners',
  },
];

/** The pipeline, with the partition count of production. */
export const TOPOLOGY: Topology = { partitions: 12, topics: TOPICS, stages: STAGES };
