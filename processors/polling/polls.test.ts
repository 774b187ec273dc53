import { describe, expect, it } from 'vitest';
import { ParityError } from '../../schemas/errors.ts';
import { modelCodec } from './testing/model-codec.ts';
import { booking, start } from './testing/story.ts';

const MINUTE = 60_000;

describe('polls', () => {
  it('come at the pace of the platform, and bring each reservation to its connection', async () => {
    const harness = await start();
    await harness.time.advance(3 * MINUTE);
    expect(harness.platform.callsTo('queue').length).toBe(9);
    harness.platform.book(booking('A'));
    harness.platform.book(booking('B', { listing: 'listing 2' }));
    await harness.time.advance(20_000);
    expect(
      harness
        .arrived()
        .map(({ reservation, connection_id, via }) => [
          reservation.reservation_id,
          connection_id[0],
          via,
        ]),
    ).toEqual([
      ['A', '1', 'poll'],
      ['B', '2', 'poll'],
    ]);
    expect(harness.arrived()[0]?.delivery?.delivery_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('come at the pace of the most eager connection where the platform has none', async () => {
    const harness = await start(modelCodec({ pollSeconds: null }));
    await harness.time.advance(3 * 60 * MINUTE);
    expect(harness.platform.callsTo('queue')).toHaveLength(3);
  });

  it('read all pages, and come back to where they were after a failure in the middle', async () => {
    const harness = await start(modelCodec({ feeds: ['changes'] }));
    harness.platform.pageSize = 2;
    for (const id of ['A', 'B', 'C', 'D', 'E']) harness.platform.book(booking(id));
    harness.platform.fail('changes', 503);
    await harness.time.advance(5_000);
    expect(harness.arrivedIds()).toEqual([]);
    await harness.time.advance(30_000);
    expect(harness.arrivedIds()).toEqual(['A', 'B', 'C', 'D', 'E']);
    await harness.time.advance(MINUTE);
    expect(harness.arrivedIds()).toHaveLength(5);
    expect(harness.cursor?.polls[0]?.cursor).toBe('5');
  });

  it('lose nothing in a crash between a page and the next: the cursor passes only what is stored', async () => {
    const harness = await start(modelCodec({ feeds: ['changes'], perSecond: 1 }));
    harness.platform.pageSize = 2;
    for (const id of ['A', 'B', 'C', 'D', 'E']) harness.platform.book(booking(id));
    await harness.time.until(() => harness.arrivedIds().length === 2);
    await harness.ask({ 'parity.events.PollNow': { reason: 'test' } });
    expect(harness.cursor?.polls[0]?.cursor).toBeNull();
    await harness.crash();
    // Longer than the share of the account that the dead process had stays with it.
    await harness.time.advance(MINUTE);
    expect(new Set(harness.arrivedIds())).toEqual(new Set(['A', 'B', 'C', 'D', 'E']));
  });

  it('lose nothing in a crash between the write and the cursor, at whatever moment', async () => {
    for (let moment = 0; moment < 60; moment++) {
      const harness = await start(modelCodec({ feeds: ['changes'] }));
      harness.platform.book(booking('A'));
      await harness.time.advance(1_000 + moment);
      await harness.crash();
      await harness.time.advance(MINUTE);
      expect(new Set(harness.arrivedIds())).toEqual(new Set(['A']));
      expect(harness.cursor?.polls[0]?.cursor).toBe('1');
    }
  });

  it('begin anew when the platform no longer takes their cursor, whatever other feeds do', async () => {
    const harness = await start(modelCodec({ feeds: ['queue', 'changes'] }));
    harness.platform.book(booking('A'));
    await harness.time.advance(30_000);
    harness.platform.fail('changes', 400, 400, 400);
    harness.platform.book(booking('B'));
    await harness.time.advance(3 * MINUTE);
    const listed = harness.arrived().filter(({ delivery }) => delivery === null);
    expect(listed.map(({ reservation }) => reservation.reservation_id)).toEqual(['A', 'A', 'B']);
  });

  it('go on through hours in which the platform is down, told once, and catch up', async () => {
    const harness = await start();
    await harness.time.advance(30_000);
    harness.platform.isDown = true;
    harness.platform.book(booking('A'));
    await harness.time.advance(5 * 60 * MINUTE);
    expect(harness.alerts()).toEqual([expect.stringContaining('CHANNEL_UNREACHABLE')]);
    harness.platform.isDown = false;
    await harness.time.advance(21_000);
    expect(harness.arrivedIds()).toEqual(['A']);
    const failures = 'channel_sync_total{channel_type=model,status=failure}';
    expect(harness.measures.counts.get(failures)).toBeGreaterThan(800);
  });

  it('tell of a feed that fails although another one works', async () => {
    const harness = await start(modelCodec({ feeds: ['queue', 'changes'] }));
    harness.platform.fail('changes', ...Array.from({ length: 10 }, () => 403));
    await harness.time.advance(3 * MINUTE);
    expect(harness.alerts()).toEqual([expect.stringContaining('CHANNEL_FORBIDDEN')]);
  });

  it('stay within the window of the account, over crashes too, and respect a pause', async () => {
    const harness = await start(modelCodec({ feeds: ['queue', 'changes'], perSecond: 1 }));
    for (let turn = 0; turn < 10; turn++) {
      await harness.fetch('A');
      await harness.time.advance(300);
      await harness.crash();
    }
    await harness.time.advance(10_000);
    const at = harness.platform.calls.map((call) => call.at);
    for (let index = 1; index < at.length; index++)
      expect((at[index] ?? 0) - (at[index - 1] ?? 0)).toBeGreaterThanOrEqual(1_000);
    harness.platform.fail('queue', { retryAfter: 120 });
    await harness.time.until(() => harness.platform.faults.get('queue')?.length === 0);
    const before = harness.platform.calls.length;
    await harness.time.advance(119_000);
    expect(harness.platform.calls).toHaveLength(before);
  });

  it('leave the platform its pause when a success says that they come too fast', async () => {
    const harness = await start();
    harness.platform.fail('queue', 'too fast');
    await harness.time.until(() => harness.platform.faults.get('queue')?.length === 0);
    const at = harness.now;
    harness.platform.changes.push(booking('A'));
    await harness.fetch('A');
    await harness.time.until(() => harness.arrivedIds().includes('A'));
    const [fetched = 0] = harness.platform.callsTo('reservation');
    expect(fetched).toBeGreaterThanOrEqual(at + 1_000);
  });

  it('are not put off by a wall clock that is set back', async () => {
    const harness = await start();
    await harness.time.advance(30_000);
    harness.skew = -3_600_000;
    const before = harness.platform.callsTo('queue').length;
    await harness.time.advance(MINUTE);
    expect(harness.platform.callsTo('queue').length).toBe(before + 3);
    await harness.crash();
    await harness.time.advance(30_000);
    expect(harness.platform.callsTo('queue').length).toBeGreaterThan(before + 3);
  });

  it('write no cursor for every empty poll', async () => {
    const harness = await start();
    await harness.time.advance(60 * MINUTE);
    expect(harness.log.written('channel.cursors').length).toBeLessThan(15);
  });

  it('leave a row for what they brought, and one for a failure that lasts', async () => {
    const harness = await start();
    harness.platform.book(booking('A'));
    await harness.time.advance(10_000);
    harness.platform.fail('queue', 503, 503, 503, 503, 503);
    await harness.time.advance(2 * MINUTE);
    const rows = harness.log.written('channel.sync-log').map(({ value }) => value);
    expect(rows.map((row) => [row?.sync_type, row?.status, row?.records_processed])).toEqual([
      ['booking_import', 'success', 1],
      ['booking_import', 'failure', 0],
      ['booking_import', 'success', 1],
    ]);
  });
});

describe('what cannot be read, routed or written', () => {
  it('one unreadable reservation holds up none of the others, and is told once', async () => {
    const harness = await start();
    harness.platform.book(booking('A'));
    harness.platform.book(booking('X', { note: 'unreadable' }));
    harness.platform.book(booking('B'));
    await harness.time.advance(5 * MINUTE);
    expect(new Set(harness.arrivedIds())).toEqual(new Set(['A', 'B']));
    expect(harness.alerts()).toEqual([
      'CHANNEL_RESPONSE_MALFORMED: reservation X cannot be read: no check-in',
    ]);
  });

  it('nor does one that the log cannot take', async () => {
    const harness = await start();
    harness.owner.objection = ({ value }) =>
      JSON.stringify(value)?.includes('10 MB of text')
        ? new ParityError('EVENT_TOO_LARGE', 'too large')
        : null;
    harness.platform.book(booking('A'));
    harness.platform.book(booking('X', { note: '10 MB of text' }));
    harness.platform.book(booking('B'));
    await harness.time.advance(10_000);
    expect(harness.arrivedIds()).toEqual(['A', 'B']);
    expect(harness.alerts()).toEqual([expect.stringContaining('reservation X cannot be read')]);
  });

  it('an unknown listing is kept with the account and told once, not at each poll', async () => {
    const harness = await start();
    harness.platform.book(booking('A', { listing: 'nobody knows' }));
    await harness.time.advance(5 * MINUTE);
    const [first] = harness.arrived();
    expect(first?.reservation.room_stays[0]?.connection_id).toBeNull();
    expect(first?.connection_id).toBe(harness.account.connections[0]?.connection_id);
    expect(harness.alerts()).toEqual([expect.stringContaining('LISTING_UNMAPPED: reservation A')]);
  });

  it('an alert has the same id after a restart, so that the journal keeps one', async () => {
    const harness = await start();
    harness.platform.book(booking('A', { listing: 'nobody knows' }));
    await harness.time.advance(10_000);
    await harness.crash();
    await harness.time.advance(30_000);
    const ids = harness.log.written('channel.alerts').map(({ value }) => value?.alert_id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('a page that is no page is a failed poll', async () => {
    const harness = await start();
    harness.platform.fail('queue', 'garbage');
    harness.platform.book(booking('A'));
    await harness.time.advance(10_000);
    expect(harness.arrivedIds()).toEqual([]);
    await harness.time.advance(20_000);
    expect(harness.arrivedIds()).toEqual(['A']);
  });
});
