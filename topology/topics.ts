import type { Topic } from './types.ts';

const MEBIBYTE = 1_048_576;

/**
 * Every topic of the pipeline. Tables keep the newest record of a key; events keep every record for `retentionDays`. The order is that
 * in which data flow.
 */
export const TOPICS: readonly Topic[] = [
  {
    name: 'pms.events',
    kind: 'events',
    placedBy: 'property',
    key: 'property_id',
    retentionDays: 90,
    maxBytes: 4 * MEBIBYTE,
    description:
      'What happened in the PMS: bookings, availability, prices, restrictions, the property, whole snapshots',
  },
  {
    name: 'property.calendar',
    kind: 'table',
    placedBy: 'property',
    key: 'property_id/booking/id · property_id/block/id · property_id/yyyy-mm · property_id/about',
    description:
      'Convergent calendar of each property: bookings, blocks, months of prices and restrictions, the property itself',
  },
  {
    name: 'channel.connections',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id',
    description: 'Configuration of each connection with its incarnation and row version; no secret',
  },
  {
    name: 'channel.desired',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id/yyyy-mm',
    description: 'What the channel should show now, one page a month',
  },
  {
    name: 'channel.acknowledged',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id/yyyy-mm',
    description: 'What the channel has, per field, as far as delivery knows',
  },
  {
    name: 'channel.observed',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id/yyyy-mm',
    planned: true,
    description: 'What a read-back of the channel showed',
  },
  {
    name: 'channel.documents',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id',
    maxBytes: 4 * MEBIBYTE,
    description: 'What the ingress serves to channels that fetch',
  },
  {
    name: 'channel.health',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id',
    description:
      'Breaker, pending commands, last applied command and next attempt of each connection',
  },
  {
    name: 'channel.commands',
    kind: 'events',
    placedBy: 'connection',
    key: 'connection_id',
    retentionDays: 7,
    description: 'What people, reconciliation or the runtime ask of a connection',
  },
  {
    name: 'channel.webhooks',
    kind: 'events',
    placedBy: 'connection',
    key: 'connection_id',
    retentionDays: 30,
    description:
      'Messages of channels with their whole reservation, from webhook or poll, card data removed',
  },
  {
    name: 'channel.revisions',
    kind: 'table',
    placedBy: 'connection',
    key: 'connection_id/reservation',
    retentionDays: 400,
    description: 'The revisions of each reservation that dedup has passed on',
  },
  {
    name: 'channel.bookings',
    kind: 'events',
    placedBy: 'connection',
    key: 'connection_id',
    retentionDays: 90,
    description: 'Booking revisions in PMS terms',
  },
  {
    name: 'channel.accounts',
    kind: 'table',
    placedBy: 'account',
    key: 'account_id',
    description: 'Accounts with their budgets and connections',
  },
  {
    name: 'channel.inbox',
    kind: 'events',
    placedBy: 'account',
    key: 'account_id',
    retentionDays: 30,
    description:
      'Messages that need a fetch or a routing, wishes to poll now, acknowledgements to send',
  },
  {
    name: 'channel.cursors',
    kind: 'table',
    placedBy: 'account',
    key: 'account_id',
    description: 'How far each poll has got, and the inbox ids that are done',
  },
  {
    name: 'channel.sync-log',
    kind: 'events',
    placedBy: 'connection',
    key: 'connection_id',
    retentionDays: 7,
    description: 'Rows for channel_sync_logs',
  },
  {
    name: 'channel.alerts',
    kind: 'events',
    placedBy: 'connection',
    key: 'connection_id',
    retentionDays: 90,
    description: 'What the owner must see',
  },
  {
    name: 'channel.dead-letters',
    kind: 'events',
    placedBy: 'source',
    key: 'key of the source record',
    retentionDays: 90,
    description:
      'Records that no stage can take, as they were; the headers say where they came from and why',
  },
];
