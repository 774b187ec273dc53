import { describe, expect, it } from 'vitest';
import type { SyncLogEntry } from '../../../schemas/generated/types.ts';
import type { Values } from '../testing/desired.ts';
import type { Behaviour } from '../testing/model-channel.ts';
import {
  APPLIED,
  answer,
  OPEN,
  opened,
  REFUSED,
  refusal,
  tooMany,
  UNAUTHORIZED,
  UNAVAILABLE,
} from '../testing/story.ts';

type Counts = Pick<SyncLogEntry, 'records_processed' | 'records_updated' | 'records_failed'>;
const counts = (processed: number, updated: number): Counts => ({
  records_processed: processed,
  records_updated: updated,
  records_failed: processed - updated,
});

const FORBIDDEN = answer({
  kind: 'connection_fault',
  code: 'CHANNEL_FORBIDDEN',
  message: 'not linked',
});

/** The first row after a change of a night whose request ends so. */
async function rowOf(values: Values, behaviour: Behaviour | 'first refused') {
  const { harness, night } = await opened();
  const before = harness.written('channel.sync-log').length;
  harness.channel.next(
    behaviour === 'first refused'
      ? (request) => refusal(...request.changes.slice(0, 1))
      : behaviour,
  );
  await harness.want(night, values);
  await harness.time.advance(30_000);
  return harness.written('channel.sync-log')[before]?.value;
}

describe('the row of a request', () => {
  const PRICE: Values = { price: 11_000, min_stay_arrival: 1 };

  it.each<[string, Values, Behaviour | 'first refused', SyncLogEntry['status'], Counts]>([
    ['taken', PRICE, APPLIED, 'success', counts(2, 2)],
    ['one value refused by name', PRICE, 'first refused', 'failure', counts(2, 0)],
    ['refused without a name', PRICE, REFUSED, 'failure', counts(2, 0)],
    ['too many requests', PRICE, tooMany(1_000), 'failure', counts(2, 0)],
    ['token refused', PRICE, UNAUTHORIZED, 'failure', counts(2, 0)],
    ['connection at fault', PRICE, FORBIDDEN, 'failure', counts(2, 0)],
    ['nobody knows', PRICE, UNAVAILABLE, 'failure', counts(2, 0)],
    ['no answer', PRICE, { kind: 'silence', lands: null }, 'failure', counts(2, 0)],
  ])('%s', async (_how, values, behaviour, status, expected) => {
    expect(await rowOf(values, behaviour)).toMatchObject({
      sync_type: 'price_export',
      direction: 'outbound',
      status,
      records_created: 0,
      records_skipped: 0,
      ...expected,
    });
  });

  it('taken in part: the refused values are failed, and named', async () => {
    const { harness, night } = await opened();
    const before = harness.written('channel.sync-log').length;
    harness.channel.next((request) =>
      answer({
        kind: 'partial',
        refused: request.changes
          .filter(({ field }) => field === 'price')
          .map((change) => ({ change, code: 'CHANNEL_VALUE_REFUSED', advice: 'too high' })),
      }),
    );
    await harness.want(night, PRICE);
    await harness.time.advance(5_000);
    const row = harness.written('channel.sync-log')[before]?.value;
    expect(row).toMatchObject({ status: 'partial_success', ...counts(2, 1) });
    expect(JSON.parse(row?.error_details ?? '')).toEqual([
      {
        night,
        field: 'price standard',
        value: 11_000,
        code: 'CHANNEL_VALUE_REFUSED',
        advice: 'too high',
      },
    ]);
  });

  it('is one of availability as soon as one value of it is', async () => {
    expect(await rowOf({ availability: 0 }, APPLIED)).toMatchObject({
      sync_type: 'availability_export',
      ...counts(1, 1),
    });
    const { harness } = await opened();
    const before = harness.written('channel.sync-log').length;
    await harness.want(harness.night(20), OPEN);
    await harness.time.advance(2_000);
    const types = harness
      .written('channel.sync-log')
      .slice(before)
      .map(({ value }) => value.sync_type);
    expect(types).toContain('availability_export');
  });
});
