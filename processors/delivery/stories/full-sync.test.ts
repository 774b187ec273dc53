import { describe, expect, it } from 'vitest';
import type { FullSyncProgress } from '../../../schemas/generated/types.ts';
import type { DeliveryHarness } from '../testing/harness.ts';
import { modelConnector } from '../testing/model-connector.ts';
import { OPEN, refusal, start } from '../testing/story.ts';

const NIGHTS = 30;
/** Values of a night: availability, price, shortest stay. */
const VALUES = NIGHTS * 3;
const MINUTE = 60_000;

/** A connection with a month on sale, all of it at the channel; a request carries ten values. */
async function settled(phase: 'active' | 'preview' = 'active') {
  const harness = await start(modelConnector({ most: 10 }), { connection: { phase } });
  for (let day = 1; day <= NIGHTS; day++) await harness.want(harness.night(day), OPEN);
  await harness.time.advance(MINUTE);
  return harness;
}

function rows(harness: DeliveryHarness) {
  return harness
    .written('channel.sync-log')
    .map(({ value }) => value)
    .filter(({ sync_type }) => sync_type === 'full_sync');
}

function progress(harness: DeliveryHarness): FullSyncProgress | null | undefined {
  return harness.log.get('channel.health', harness.connection.connection_id)?.full_sync;
}

const askFullSync = (harness: DeliveryHarness) => harness.command({ 'parity.events.FullSync': {} });

describe('a full sync', () => {
  it('shows how far it is, in one row that is told at each tenth and at its end', async () => {
    const harness = await settled();
    harness.channel.answerMs = 1_000;
    await askFullSync(harness);
    expect(progress(harness)).toMatchObject({ reason: 'asked', total: VALUES, done: 0 });
    await harness.time.advance(5_000);
    const midway = progress(harness);
    expect(midway?.finished_at).toBeNull();
    expect(midway?.done).toBeGreaterThan(0);
    expect(midway?.done).toBeLessThan(VALUES);
    await harness.time.advance(MINUTE);
    expect(progress(harness)).toMatchObject({ total: VALUES, done: VALUES, refused: 0 });
    const told = rows(harness);
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    expect(told[0]).toMatchObject({ status: 'started', records_processed: VALUES });
    expect(told.length).toBeLessThanOrEqual(12);
    expect(told.at(-1)).toMatchObject({
      status: 'success',
      records_processed: VALUES,
      records_updated: VALUES,
      records_failed: 0,
      started_at: progress(harness)?.begun_at,
      completed_at: progress(harness)?.finished_at,
    });
  });

  it('counts what the channel refuses, and ends all the same', async () => {
    const harness = await settled();
    harness.channel.next((request) => refusal(...request.changes.slice(0, 2)));
    await askFullSync(harness);
    await harness.time.advance(MINUTE);
    expect(progress(harness)).toMatchObject({ total: VALUES, done: VALUES - 2, refused: 2 });
    expect(rows(harness).at(-1)).toMatchObject({ status: 'partial_success', records_failed: 2 });
  });

  it('is overtaken by a live closing, and leaves held nights alone', async () => {
    const harness = await settled();
    const [sold, held] = [harness.night(NIGHTS), harness.night(2)];
    await harness.command({
      'parity.events.Hold': {
        nights: { start: held, end: harness.night(3) },
        code: 'CHANNEL_NIGHT_HELD',
      },
    });
    const before = harness.channel.requests.length;
    harness.channel.answerMs = 1_000;
    await askFullSync(harness);
    await harness.time.advance(1_500);
    await harness.want(sold, { availability: 0 });
    await harness.time.advance(MINUTE);
    const sent = harness.channel.requests.slice(before);
    const closing = sent.findIndex(({ changes }) =>
      changes.some(({ value, night }) => night === sold && value === 0),
    );
    expect(closing).toBeGreaterThan(0);
    expect(closing).toBeLessThan(4);
    const values = sent.flatMap(({ changes }) => changes);
    expect(values.filter(({ night, field }) => night === held && field === 'availability')).toEqual(
      [],
    );
    expect(progress(harness)?.finished_at).not.toBeNull();
  });

  it('goes on under the next owner, in the same row', async () => {
    const harness = await settled();
    harness.channel.answerMs = 1_000;
    await askFullSync(harness);
    await harness.time.advance(3_000);
    await harness.crash();
    await harness.time.advance(5 * MINUTE);
    expect(progress(harness)).toMatchObject({ total: VALUES, done: VALUES });
    expect(new Set(rows(harness).map(({ id }) => id)).size).toBe(1);
    expect(rows(harness).at(-1)?.status).toBe('success');
  });

  it('that is asked for during another ends that one: its row says so', async () => {
    const harness = await settled();
    harness.channel.answerMs = 1_000;
    await askFullSync(harness);
    await harness.time.advance(3_000);
    await askFullSync(harness);
    await harness.time.advance(2 * MINUTE);
    const last = new Map(rows(harness).map(({ id, status }) => [id, status]));
    expect([...last.values()]).toEqual(['skipped', 'success']);
  });

  it('happens on going live, where only the closings were sent before', async () => {
    const harness = await settled('preview');
    expect(rows(harness)).toEqual([]);
    await harness.connect({ phase: 'active' });
    await harness.time.advance(MINUTE);
    expect(progress(harness)).toMatchObject({ reason: 'going_live', total: VALUES, done: VALUES });
  });

  it.each([
    ['under its owner', false],
    ['while nobody owned it', true],
  ])(
    'happens when a paused connection is active again, %s: all goes once more',
    async (_when, unowned) => {
      const harness = await settled();
      await harness.connect({ phase: 'paused' });
      await harness.time.advance(MINUTE);
      const before = harness.channel.requests.length;
      if (unowned) await harness.crashUntil({ phase: 'active' });
      else await harness.connect({ phase: 'active' });
      await harness.time.advance(2 * MINUTE);
      const sent = harness.channel.requests.slice(before).flatMap(({ changes }) => changes);
      expect(sent).toHaveLength(VALUES);
      expect(progress(harness)).toMatchObject({
        reason: 'reactivated',
        total: VALUES,
        done: VALUES,
      });
    },
  );

  it('is none after an error that went away by itself, and none comes by a timer', async () => {
    const harness = await settled();
    const before = harness.channel.requests.length;
    await harness.connect({ phase: 'error' });
    await harness.connect({ phase: 'active' });
    await harness.time.advance(50 * 3_600_000);
    expect(rows(harness)).toEqual([]);
    const sent = harness.channel.requests.slice(before).flatMap(({ changes }) => changes);
    // Nothing but the nights that come within the horizon, of which nothing is wanted.
    expect(sent).toEqual([]);
  });

  it('of a connection that is paused meanwhile is not over, and begins anew when it is active again', async () => {
    const harness = await settled();
    harness.channel.answerMs = 1_000;
    await askFullSync(harness);
    await harness.time.advance(2_000);
    await harness.connect({ phase: 'paused' });
    await harness.time.advance(MINUTE);
    expect(progress(harness)?.finished_at).toBeNull();
    await harness.connect({ phase: 'active' });
    await harness.time.advance(2 * MINUTE);
    const last = new Map(rows(harness).map(({ id, status }) => [id, status]));
    expect([...last.values()]).toEqual(['skipped', 'success']);
  });
});
