import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codeOf, ParityError } from '../../schemas/errors.ts';
import type { ProduceRecord } from '../event-log.ts';
import { SendQueue } from './send-queue.ts';

const limits = { maxRecords: 50, maxBytes: 20_000, maxPartitionBytes: 5_000 };

function record(partition: number, bytes = 10): ProduceRecord {
  return { topic: 't', partition, key: null, value: new Uint8Array(bytes) };
}

/** Gives offsets like a log, keeps every request, and refuses records of more than `largest` bytes. */
class Log {
  readonly requests: (readonly ProduceRecord[])[] = [];
  readonly #ends = new Map<number, number>();
  readonly #largest: number;
  open = 0;

  constructor(largest = Number.POSITIVE_INFINITY) {
    this.#largest = largest;
  }

  readonly send = async (records: readonly ProduceRecord[]): Promise<number[]> => {
    this.open += 1;
    expect(this.open).toBe(1);
    this.requests.push(records);
    await new Promise((resolve) => setImmediate(resolve));
    this.open -= 1;
    if (records.some(({ value }) => (value?.length ?? 0) > this.#largest)) {
      throw new ParityError('EVENT_TOO_LARGE', 'too large for the topic');
    }
    return records.map(({ partition }) => {
      const offset = this.#ends.get(partition) ?? 0;
      this.#ends.set(partition, offset + 1);
      return offset;
    });
  };
}

describe('SendQueue', () => {
  it('sends one request at a time and merges the calls that wait', async () => {
    const log = new Log();
    const queue = new SendQueue(log.send, limits);
    const first = queue.produce([record(0)]);
    await new Promise((resolve) => queueMicrotask(() => resolve(null)));
    const rest = [1, 2, 3].map((partition) => queue.produce([record(partition), record(0)]));
    expect(await first).toEqual([0]);
    expect(await Promise.all(rest)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
    ]);
    expect(log.requests.map((request) => request.length)).toEqual([1, 6]);
  });

  it('gives every call its own offsets in call order, within the limits of a request', async () => {
    const call = fc.array(fc.record({ partition: fc.nat(2), bytes: fc.nat(3_000) }), {
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 20 }), async (calls) => {
        const log = new Log();
        const queue = new SendQueue(log.send, limits);
        const offsets = await Promise.all(
          calls.map((records) =>
            queue.produce(records.map(({ partition, bytes }) => record(partition, bytes))),
          ),
        );
        const next = [0, 0, 0];
        for (const [index, records] of calls.entries()) {
          for (const [position, { partition }] of records.entries()) {
            expect(offsets[index]![position]).toBe(next[partition]);
            next[partition]! += 1;
          }
        }
        for (const request of log.requests) {
          expect(request.length).toBeLessThanOrEqual(limits.maxRecords);
          for (const partition of [0, 1, 2]) {
            const own = request.filter((each) => each.partition === partition);
            const bytes = own.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
            expect(bytes).toBeLessThanOrEqual(limits.maxPartitionBytes);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('finds the one record that the broker refuses; every other call is written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.nat(19), async (count, guilty) => {
        const log = new Log(100);
        const queue = new SendQueue(log.send, limits);
        const outcomes = await Promise.allSettled(
          Array.from({ length: count }, (_, index) =>
            queue.produce([record(index % 2, index === guilty ? 101 : 10)]),
          ),
        );
        for (const [index, outcome] of outcomes.entries()) {
          expect(outcome.status).toBe(index === guilty ? 'rejected' : 'fulfilled');
          if (outcome.status === 'rejected') expect(codeOf(outcome.reason)).toBe('EVENT_TOO_LARGE');
        }
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a record that no request can hold without sending anything', async () => {
    const log = new Log();
    const queue = new SendQueue(log.send, limits);
    const outcome = await queue.produce([record(0), record(1, 5_000)]).catch(codeOf);
    expect(outcome).toBe('EVENT_TOO_LARGE');
    expect(log.requests).toEqual([]);
  });

  it('settles what waits before it closes', async () => {
    const log = new Log();
    const queue = new SendQueue(log.send, limits);
    const open = [queue.produce([record(0)]), queue.produce([record(0)])];
    await queue.close();
    expect(await Promise.all(open)).toEqual([[0], [1]]);
    expect(await queue.produce([record(0)]).catch(codeOf)).toBe('LOG_UNAVAILABLE');
  });
});
