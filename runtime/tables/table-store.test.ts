import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../event-log.ts';
import { type Claim, claimHeaders, EPOCH_KEY } from './epoch.ts';
import { KeyIndex } from './key-index.ts';
import { TableStore } from './table-store.ts';

const AT = { topic: 'channel.documents', partition: 0 };
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) =>
  value === undefined ? undefined : new TextDecoder().decode(value);

function record(offset: number, key: string, value: string | null, claim?: Claim): LogRecord {
  const headers = claim === undefined ? {} : claimHeaders(claim);
  return { ...AT, offset, timestamp: 0, key, value: value === null ? null : bytes(value), headers };
}

const epoch = (offset: number, claim: Claim) => record(offset, EPOCH_KEY, 'epoch', claim);
const shown = (store: TableStore, key: string) => text(store.entry(key)?.value);
const offsetOf = (store: TableStore, key: string) => store.entry(key)?.offset ?? undefined;
const A = (number: number): Claim => ({ epoch: number, writer: 'A' });
const B = (number: number): Claim => ({ epoch: number, writer: 'B' });

describe('a reader of a table', () => {
  it('ignores a record of a lower epoch behind a higher one, for good', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, A(1)));
    store.fold(record(1, 'k', 'old', A(1)));
    store.fold(epoch(2, B(2)));
    store.fold(record(3, 'k', 'new', B(2)));
    expect(store.fold(record(4, 'k', 'zombie', A(1)))).toBe('stale');
    expect(shown(store, 'k')).toBe('new');
    expect(offsetOf(store, 'k')).toBe(3);
  });

  it('takes a record of the former owner that lies before the new epoch', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, A(1)));
    store.fold(record(1, 'k', 'late but in time', A(1)));
    store.fold(epoch(2, B(2)));
    expect(shown(store, 'k')).toBe('late but in time');
  });

  it('lets the first of two writers with equal epochs win', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, A(5)));
    expect(store.fold(epoch(1, B(5)))).toBe('stale');
    expect(store.fold(record(2, 'k', 'loser', B(5)))).toBe('stale');
    expect(store.fold(record(3, 'k', 'winner', A(5)))).toBe('changed');
    expect(shown(store, 'k')).toBe('winner');
  });

  it('learns a higher epoch from data records too: compaction may have taken the epoch record', () => {
    const store = new TableStore(AT);
    store.fold(record(10, 'k', 'right', B(2)));
    expect(store.fold(record(11, 'k', 'zombie', A(1)))).toBe('stale');
    expect(store.highestEpoch).toBe(2);
  });

  it('drops records from before its position, as after a rewind', () => {
    const store = new TableStore(AT);
    store.fold(record(0, 'k', 'old'));
    store.fold(record(1, 'k', 'new'));
    expect(store.fold(record(0, 'k', 'old'))).toBe('old');
    expect(shown(store, 'k')).toBe('new');
  });

  it('treats records without epoch as the lowest one', () => {
    const store = new TableStore(AT);
    expect(store.fold(record(0, 'k', 'seed'))).toBe('changed');
    store.fold(epoch(1, A(1)));
    expect(store.fold(record(2, 'k', 'stray'))).toBe('stale');
  });

  it('refuses a record without key: it cannot be a row of a table', () => {
    const store = new TableStore(AT);
    expect(() => store.fold({ ...record(0, '', 'x'), key: null })).toThrow('without key');
  });

  it('forgets a key by its tombstone and does not show the epoch record as a key', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, A(1)));
    store.fold(record(1, 'k', 'x', A(1)));
    store.fold(record(2, 'k', null, A(1)));
    expect(store.keys()).toEqual([]);
    expect(store.bytes).toBe(0);
  });
});

describe('what compaction may have taken', () => {
  it('is doubtful where only the zombie is left, and known where the right value still is', () => {
    const store = new TableStore(AT);
    store.fold(record(1, 'kept', 'right', A(1)));
    store.fold(epoch(2, B(2)));
    store.fold(record(3, 'kept', 'zombie', A(1)));
    store.fold(record(4, 'gone', 'zombie', A(1)));
    expect(store.doubtful()).toEqual(['gone']);
    expect(store.takeStale('known')).toEqual(['kept']);
    expect(store.takeStale('all')).toEqual(['gone']);
    expect(store.hasStale).toBe(false);
  });

  it('is not doubtful any more once the owner wrote the key again', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, B(2)));
    store.fold(record(1, 'k', 'zombie', A(1)));
    store.fold(record(2, 'k', 'again', B(2)));
    expect(store.doubtful()).toEqual([]);
    expect(store.hasStale).toBe(false);
  });

  it('covers the epoch record itself', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, B(2)));
    store.fold(epoch(1, A(1)));
    expect(store.doubtful()).toEqual([]);
    expect(store.takeStale('known')).toEqual([EPOCH_KEY]);
  });
});

describe('the owner', () => {
  const owner = () => {
    const store = new TableStore(AT);
    store.fold(record(0, 'k', 'before', A(1)));
    store.setClaim(B(2));
    store.fold(epoch(1, B(2)));
    return store;
  };

  it('shows its own writes at once, and does not take them for changes when it meets them', () => {
    const store = owner();
    const first = store.put('k', bytes('one'), null);
    const second = store.put('k', bytes('two'), null);
    expect(shown(store, 'k')).toBe('two');
    expect(offsetOf(store, 'k')).toBeUndefined();
    store.settle(first, 2);
    expect(offsetOf(store, 'k')).toBeUndefined();
    store.settle(second, 3);
    expect(offsetOf(store, 'k')).toBe(3);
    expect(store.fold(record(2, 'k', 'one', B(2)))).toBe('own');
    expect(shown(store, 'k')).toBe('two');
  });

  it('holds its claim only from its own epoch record on, and folds its predecessor until then', () => {
    const store = new TableStore(AT);
    store.fold(epoch(0, A(1)));
    store.setClaim(B(2));
    expect(store.fold(record(1, 'k', 'last', A(1)))).toBe('changed');
    expect(store.held).toBe(false);
    expect(store.fold(epoch(2, B(2)))).toBe('own');
    expect(store.held).toBe(true);
    expect(store.fold(record(3, 'k', 'too late', A(1)))).toBe('stale');
    expect(shown(store, 'k')).toBe('last');
  });

  it('is fenced by a higher epoch', () => {
    expect(owner().fold(epoch(2, A(3)))).toBe('fenced');
    expect(owner().fold(record(2, 'k', 'x', A(3)))).toBe('fenced');
  });

  it('is fenced when another writer was first with its number', () => {
    const store = new TableStore(AT);
    store.setClaim(B(2));
    store.fold(epoch(0, A(2)));
    expect(store.fold(epoch(1, B(2)))).toBe('fenced');
    expect(store.held).toBe(false);
  });

  it('is not fenced by the loser of an equal epoch', () => {
    expect(owner().fold(epoch(2, A(2)))).toBe('stale');
  });
});

describe('all readers of one log', () => {
  const writers = ['A', 'B', 'C'];
  const entry = fc.record({
    writer: fc.constantFrom(...writers),
    epoch: fc.integer({ min: 1, max: 4 }),
    key: fc.constantFrom('k1', 'k2', 'k3', EPOCH_KEY),
    value: fc.option(fc.string({ maxLength: 3 }), { nil: null, freq: 4 }),
  });

  /** The rule, written down a second time: a record counts unless a higher epoch, or another writer's equal one, came first. */
  const naive = (log: readonly LogRecord[]): Map<string, string> => {
    const table = new Map<string, string>();
    log.forEach((current, index) => {
      const mine = Number(current.headers.epoch);
      const before = log.slice(0, index);
      const higher = before.some((other) => Number(other.headers.epoch) > mine);
      const first = before.find((other) => Number(other.headers.epoch) === mine);
      const lost = first !== undefined && first.headers.writer !== current.headers.writer;
      if (higher || lost || current.key === EPOCH_KEY || current.key === null) return;
      if (current.value === null) table.delete(current.key);
      else table.set(current.key, new TextDecoder().decode(current.value));
    });
    return new Map([...table].sort());
  };

  it('agree with the naive rule, wherever they are rewound to', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.array(fc.nat(29)), (entries, rewinds) => {
        const log = entries.map(({ key, value, ...claim }, offset) =>
          record(offset, key, key === EPOCH_KEY ? 'epoch' : value, claim),
        );
        const store = new TableStore(AT);
        for (const current of log) {
          store.fold(current);
          for (const at of rewinds) if (at <= current.offset) store.fold(log[at]!);
        }
        const seen = store.keys().map((key) => [key, shown(store, key)] as const);
        expect(new Map(seen)).toEqual(naive(log));
        const size = seen.reduce((sum, [, value]) => sum + bytes(value ?? '').byteLength, 0);
        expect(store.bytes).toBe(size);
      }),
    );
  });

  it('see the same after compaction, but for keys that are then doubtful', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.nat(30), (entries, cleaned) => {
        const log = entries.map(({ key, value, ...claim }, offset) =>
          record(offset, key, key === EPOCH_KEY ? 'epoch' : value, claim),
        );
        // An owner that is alive has written its epoch and repaired zombies before the lag is over; here the last owner does.
        const owner = { epoch: 9, writer: 'owner' };
        log.push(epoch(log.length, owner));
        const whole = new TableStore(AT);
        for (const current of log) whole.fold(current);
        const kept = log.filter(
          (current, index) =>
            index >= cleaned ||
            !log.slice(index + 1, cleaned).some((later) => later.key === current.key),
        );
        const compacted = new TableStore(AT);
        for (const current of kept) compacted.fold(current);
        const evidence = log.slice(0, cleaned).every((current, index) => {
          const reader = new TableStore(AT);
          for (const earlier of log.slice(0, index)) reader.fold(earlier);
          return reader.fold(current) !== 'stale';
        });
        // Without a zombie in the cleaned part, compaction changes nothing at all.
        if (!evidence) return;
        expect(compacted.keys()).toEqual(whole.keys());
        for (const key of whole.keys()) expect(shown(compacted, key)).toBe(shown(whole, key));
      }),
    );
  });
});

describe('KeyIndex', () => {
  it('lists keys by prefix in order, whatever was added and removed', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 4 });
    const step = fc.record({ key, add: fc.boolean(), look: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.array(key), (steps, prefixes) => {
        const index = new KeyIndex();
        const model = new Set<string>();
        const compare = (prefix: string) =>
          expect(index.withPrefix(prefix)).toEqual(
            [...model].filter((name) => name.startsWith(prefix)).sort(),
          );
        for (const { key: name, add, look } of steps) {
          if (add && !model.has(name)) index.add(name);
          if (!add && model.has(name)) index.remove(name);
          if (add) model.add(name);
          else model.delete(name);
          if (look) compare(name.slice(0, 1));
        }
        for (const prefix of ['', ...prefixes]) compare(prefix);
      }),
    );
  });

  it('stays sorted beyond the size at which additions are merged', () => {
    const index = new KeyIndex();
    const keys = Array.from({ length: 2_000 }, (_, at) => `p${(at * 7919) % 2_000}/x`);
    for (const key of keys) index.add(key);
    expect(index.withPrefix('p1')).toEqual(keys.filter((key) => key.startsWith('p1')).sort());
    for (const key of keys.slice(0, 1_500)) index.remove(key);
    expect(index.withPrefix('p')).toEqual(keys.slice(1_500).sort());
  });
});
