import { describe, expect, it } from 'vitest';
import { codeOf } from '../../schemas/errors.ts';
import type { InboxMessage } from '../../schemas/generated/types.ts';
import { AccountInbox } from './inbox.ts';
import { pollingStage } from './stage.ts';
import { ACCOUNT, connection } from './testing/harness.ts';
import { modelCodec } from './testing/model-codec.ts';
import { booking, start } from './testing/story.ts';

const MINUTE = 60_000;

/** A reservation that has arrived and waits for its acknowledgement. */
async function arrived() {
  const harness = await start();
  harness.platform.book(booking('A'));
  await harness.time.until(() => harness.arrived().length > 0);
  const message = harness.arrived()[0]!;
  return { harness, message };
}

describe('acknowledgements', () => {
  it('are sent at once, and the platform has its quiet before the next poll', async () => {
    const { harness, message } = await arrived();
    await harness.time.advance(18_000);
    await harness.acknowledge(message);
    await harness.time.advance(1_500);
    expect(harness.platform.acknowledged).toEqual(['A:1']);
    await harness.time.advance(10 * MINUTE);
    expect(harness.platform.quietViolations).toBe(0);
    expect(harness.platform.callsTo('acknowledge')).toHaveLength(1);
  });

  it('leave the platform its quiet also when the owner changes right after', async () => {
    const { harness, message } = await arrived();
    await harness.time.advance(18_000);
    await harness.acknowledge(message);
    await harness.ask({ 'parity.events.PollNow': { reason: 'notification' } });
    await harness.time.advance(200);
    expect(harness.platform.acknowledged).toEqual(['A:1']);
    await harness.crash();
    await harness.time.advance(MINUTE);
    expect(harness.platform.quietViolations).toBe(0);
  });

  it('are repeated until they are accepted, over a crash too', async () => {
    const { harness, message } = await arrived();
    harness.platform.fail('acknowledge', 503, 'silence', 500, 429);
    await harness.acknowledge(message);
    await harness.time.advance(2_000);
    await harness.crash();
    await harness.time.advance(5 * MINUTE);
    expect(harness.platform.acknowledged).toEqual(['A:1']);
    expect(harness.cursor?.pending).toEqual([]);
    expect(harness.platform.quietViolations).toBe(0);
  });

  it('are not repeated once accepted, whoever asks again', async () => {
    const { harness, message } = await arrived();
    const asked = await harness.acknowledge(message);
    await harness.time.advance(MINUTE);
    await harness.acknowledge(message, { inbox_id: asked.inbox_id });
    await harness.crash();
    await harness.time.advance(MINUTE);
    expect(harness.platform.callsTo('acknowledge')).toHaveLength(1);
  });

  it('of one message are one, however often it was handed out before', async () => {
    const { harness } = await arrived();
    await harness.time.until(() => harness.arrived().length === 2);
    const [first, second] = harness.arrived();
    expect(second!.delivery!.delivery_id).not.toBe(first!.delivery!.delivery_id);
    await harness.acknowledge(first!);
    await harness.time.until(() => harness.cursor?.acknowledged.length === 1);
    await harness.crash();
    await harness.acknowledge(second!);
    await harness.time.advance(MINUTE);
    expect(harness.platform.callsTo('acknowledge')).toHaveLength(1);
    expect(harness.cursor?.pending).toEqual([]);
  });

  it('are sent again for a message that is handed out again after one was accepted', async () => {
    const { harness, message } = await arrived();
    await harness.acknowledge(message);
    await harness.time.until(() => harness.platform.acknowledged.length === 1);
    harness.platform.book(booking('A'));
    await harness.time.until(() => harness.arrived().length === 2);
    await harness.acknowledge(harness.arrived()[1]!);
    await harness.time.until(() => harness.platform.acknowledged.length === 2);
    expect(harness.platform.acknowledged).toEqual(['A:1', 'A:1']);
  });

  it('of one reservation keep their order, and those of others do not wait for them', async () => {
    const { harness, message } = await arrived();
    for (const one of [booking('A', { revision: 2 }), booking('B')]) harness.platform.book(one);
    await harness.time.until(() => harness.arrivedIds().includes('B'));
    const newer = harness.arrived().find(({ reservation }) => reservation.revised_at === 2)!;
    const other = harness.arrived().find((one) => one.reservation.reservation_id === 'B')!;
    harness.platform.fail('acknowledge', 503);
    for (const one of [message, newer, other]) await harness.acknowledge(one);
    await harness.time.until(() => harness.platform.acknowledged.length === 3);
    expect(harness.platform.acknowledged.filter((name) => name.startsWith('A'))).toEqual([
      'A:1',
      'A:2',
    ]);
    expect(harness.platform.acknowledged[0]).toBe('B:1');
  });

  it('of an outdated message lead to a poll, which brings the newer one', async () => {
    const { harness, message } = await arrived();
    harness.platform.queue.splice(0, 1);
    harness.platform.book(booking('A', { revision: 2 }));
    await harness.acknowledge(message);
    await harness.time.advance(6_500);
    expect(harness.arrived().map(({ reservation }) => reservation.revised_at)).toContain(2);
    expect(harness.platform.callsTo('acknowledge')).toHaveLength(1);
    expect(harness.platform.quietViolations).toBe(0);
  });

  it('wait for the next poll when one was lost, since they might stand for what it handed out', async () => {
    const { harness, message } = await arrived();
    const before = harness.platform.callsTo('queue').length;
    harness.platform.fail('queue', 'silence');
    await harness.time.until(() => harness.platform.callsTo('queue').length > before);
    await harness.acknowledge(message);
    await harness.time.until(() => harness.platform.callsTo('queue').length > before + 1);
    expect(harness.platform.callsTo('acknowledge')).toEqual([]);
    await harness.time.until(() => harness.platform.acknowledged.length > 0);
    expect(harness.platform.callsTo('queue').length).toBe(before + 2);
  });

  it('of a former owner wait for the first poll of the new one: its last poll may have been lost with it', async () => {
    const { harness, message } = await arrived();
    harness.platform.fail('acknowledge', 503);
    await harness.acknowledge(message);
    await harness.crash();
    const polls = harness.platform.callsTo('queue').length;
    await harness.time.until(() => harness.platform.acknowledged.length > 0);
    expect(harness.platform.callsTo('queue').length).toBeGreaterThan(polls);
  });

  it('raise an alarm at a third and at two thirds of the platform’s time', async () => {
    const { harness, message } = await arrived();
    harness.platform.fail('acknowledge', ...Array.from({ length: 500 }, () => 503));
    await harness.acknowledge(message);
    await harness.time.advance(9 * MINUTE);
    expect(harness.alerts()).toEqual([]);
    await harness.time.advance(3 * MINUTE);
    expect(harness.alerts()).toHaveLength(1);
    await harness.time.advance(15 * MINUTE);
    expect(harness.alerts()).toHaveLength(2);
    expect(harness.alerts()[1]).toMatch(/not taken that in for 2\d of 30 minutes/);
  });

  it('in a steady stream do not put the next poll off for ever', async () => {
    const { harness, message } = await arrived();
    for (let turn = 0; turn < 60; turn++) {
      const reservation = { ...message.reservation, reservation_id: `A${turn}` };
      await harness.acknowledge({ ...message, reservation });
      await harness.time.advance(2_000);
    }
    const polls = harness.platform.callsTo('queue');
    expect(polls.length).toBeGreaterThan(2);
    expect(harness.platform.quietViolations).toBe(0);
  });
});

it('a message that is given up counts as done, and is told with its own attempts', () => {
  const inbox = new AccountInbox();
  const message = {
    inbox_id: 'one',
    message: { 'parity.events.PollNow': { reason: 'notification' } },
  } as unknown as InboxMessage;
  inbox.take(message, 0);
  inbox.failed('one', 0, 0);
  expect(inbox.takeHopeless(30 * 86_400_000)).toEqual([]);
  expect(inbox.takeHopeless(30 * 86_400_000 + 1)).toMatchObject([{ message, attempts: 1 }]);
  expect(inbox.take(message, 30 * 86_400_000 + 2)).toBe(false);
  expect(inbox.size).toBe(0);
});

describe('fetches', () => {
  it('bring the reservation that a minimal webhook names', async () => {
    const harness = await start();
    harness.platform.changes.push(booking('A'));
    await harness.fetch('A');
    await harness.time.advance(2_000);
    expect(harness.arrived().map(({ via }) => via)).toEqual(['fetch']);
  });

  it('wait for a reservation that is not readable yet, and not for ever', async () => {
    const harness = await start();
    await harness.fetch('A');
    await harness.time.advance(3_000);
    harness.platform.changes.push(booking('A'));
    await harness.time.advance(10_000);
    expect(harness.arrivedIds()).toEqual(['A']);
    await harness.fetch('never');
    await harness.time.advance(10 * MINUTE);
    expect(harness.platform.callsTo('reservation').length).toBeLessThan(12);
    expect(harness.cursor?.pending).toEqual([]);
  });

  it('are not lost in a crash before they are done', async () => {
    const harness = await start();
    harness.platform.changes.push(booking('A'));
    harness.platform.fail('reservation', 503);
    await harness.fetch('A');
    await harness.crash();
    await harness.time.advance(MINUTE);
    expect(new Set(harness.arrivedIds())).toEqual(new Set(['A']));
  });

  it('that fail by the dozen keep no poll from its time', async () => {
    const harness = await start();
    harness.platform.fail('reservation', ...Array.from({ length: 500 }, () => 'silence' as const));
    for (let index = 0; index < 30; index++) await harness.fetch(`F${index}`);
    harness.platform.book(booking('A'));
    await harness.time.advance(2 * MINUTE);
    expect(harness.arrivedIds()).toContain('A');
  });

  it('are not made for an account whose connections are all gone: nobody signs them', async () => {
    const { harness, message } = await arrived();
    await harness.changeAccount({ ...ACCOUNT, row_version: 2, connections: [] });
    await harness.fetch('A');
    await harness.acknowledge(message);
    await harness.time.advance(MINUTE);
    expect(harness.platform.callsTo('reservation')).toEqual([]);
    expect(harness.platform.callsTo('acknowledge')).toEqual([]);
    expect(harness.cursor?.pending).toEqual([]);
  });

  it('do nothing where the platform gives no single reservations', async () => {
    const harness = await start(modelCodec({ fetches: false }));
    await harness.fetch('A');
    await harness.time.advance(5_000);
    expect(harness.cursor?.pending).toEqual([]);
  });
});

describe('a wish to poll now', () => {
  it('is fulfilled at once, and after a crash', async () => {
    const harness = await start();
    await harness.time.advance(10_000);
    harness.platform.book(booking('A'));
    await harness.ask({ 'parity.events.PollNow': { reason: 'notification' } });
    await harness.time.advance(500);
    expect(harness.arrivedIds()).toEqual(['A']);
    harness.platform.book(booking('B'));
    await harness.ask({ 'parity.events.PollNow': { reason: 'notification' } });
    await harness.crash();
    await harness.time.advance(7_000);
    expect(harness.arrivedIds()).toContain('B');
  });
});

describe('imports', () => {
  const importOf = (id: string): InboxMessage['message'] => ({
    'parity.events.ImportReservations': { connection_id: id as never },
  });

  it('read all reservations of a connection, then say so in a row that bears the id of the request', async () => {
    const harness = await start();
    harness.platform.pageSize = 2;
    for (const id of ['A', 'B', 'C']) harness.platform.changes.push(booking(id));
    harness.platform.changes.push(booking('other', { listing: 'listing 2' }));
    const asked = await harness.ask(importOf(ACCOUNT.connections[0]!.connection_id));
    await harness.time.advance(5_000);
    expect(harness.arrivedIds()).toEqual(['A', 'B', 'C']);
    const order = harness.log.records.map(({ topic }) => topic);
    expect(order.lastIndexOf('channel.webhooks')).toBeLessThan(order.indexOf('channel.sync-log'));
    expect(harness.log.written('channel.sync-log').map(({ value }) => value)).toEqual([
      expect.objectContaining({ id: asked.inbox_id, status: 'success', records_processed: 3 }),
    ]);
  });

  it('are complete only when the last page is in', async () => {
    const harness = await start();
    harness.platform.pageSize = 1;
    for (const id of ['A', 'B']) harness.platform.changes.push(booking(id));
    harness.platform.fail('list', 'garbage', 503);
    await harness.ask(importOf(ACCOUNT.connections[0]!.connection_id));
    await harness.time.advance(MINUTE);
    expect(new Set(harness.arrivedIds())).toEqual(new Set(['A', 'B']));
    expect(harness.log.written('channel.sync-log')).toHaveLength(1);
  });

  it('say what they could not read', async () => {
    const harness = await start();
    harness.platform.changes.push(booking('A'), booking('X', { note: 'unreadable' }));
    await harness.ask(importOf(ACCOUNT.connections[0]!.connection_id));
    await harness.time.advance(5_000);
    expect(harness.log.written('channel.sync-log')[0]?.value).toMatchObject({
      status: 'partial_success',
      records_processed: 2,
      records_failed: 1,
    });
  });
});

describe('accounts', () => {
  it('one whose row comes after its inbox message does that work then, over a crash too', async () => {
    const harness = await start(modelCodec(), null);
    harness.platform.changes.push(booking('A'));
    await harness.fetch('A');
    await harness.time.advance(MINUTE);
    await harness.crash();
    await harness.time.advance(MINUTE);
    expect(harness.arrivedIds()).toEqual([]);
    await harness.changeAccount(ACCOUNT);
    await harness.time.advance(2_000);
    expect(harness.arrivedIds()).toEqual(['A']);
  });

  it('a message of another tenant is not done', async () => {
    const harness = await start();
    const tenant_id = '99999999-9999-4999-8999-999999999999' as never;
    harness.platform.changes.push(booking('A'));
    const message = { 'parity.events.FetchReservation': { reservation_id: 'A', reason: 'x' } };
    await harness.ask(message, { tenant_id });
    await harness.time.advance(5_000);
    expect(harness.arrivedIds()).toEqual([]);
    expect(harness.log.letters.map(({ error }) => codeOf(error))).toEqual([
      'EVENT_TENANT_MISMATCH',
    ]);
  });

  it('a message under a foreign key never reaches the worker', () => {
    const { validate } = pollingStage({
      connectorOf: () => undefined,
      transport: {} as never,
      budgets: {} as never,
    });
    const record = { topic: 'channel.inbox', key: 'a', value: { account_id: 'b' } } as never;
    expect(codeOf(validate?.(record))).toBe('EVENT_KEY_MISMATCH');
  });

  it('one that was deleted is polled no more, and its cursor goes', async () => {
    const harness = await start();
    await harness.time.advance(30_000);
    expect(harness.cursor).toBeDefined();
    await harness.changeAccount(null);
    await harness.time.advance(1_000);
    const before = harness.platform.calls.length;
    await harness.time.advance(5 * MINUTE);
    expect(harness.platform.calls).toHaveLength(before);
    expect(harness.cursor).toBeUndefined();
  });

  it('a stay that names no room of a listing with several belongs to none of them', async () => {
    const rooms = { ...connection(2, 'double'), listing: 'listing 1' };
    const account = { ...ACCOUNT, connections: [connection(1, 'single'), rooms] };
    const harness = await start(modelCodec(), account);
    harness.platform.book(booking('A', { room: null }));
    harness.platform.book(booking('B', { room: 'double' }));
    await harness.time.advance(10_000);
    expect(
      harness.arrived().map(({ reservation }) => reservation.room_stays[0]?.connection_id ?? null),
    ).toEqual([null, rooms.connection_id]);
  });

  it('a graceful stop finishes what is under way', async () => {
    const harness = await start();
    harness.platform.book(booking('A'));
    await harness.time.until(() => harness.platform.calls.length === 1);
    await harness.drain();
    expect(harness.arrivedIds()).toEqual(['A']);
    const before = harness.platform.calls.length;
    await harness.time.advance(MINUTE);
    expect(harness.platform.calls).toHaveLength(before);
  });
});
