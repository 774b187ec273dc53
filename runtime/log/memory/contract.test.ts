import { VirtualTime } from '../../testing/virtual-time.ts';
import { eventLogContract, type LogHarness } from '../contract.ts';
import { MemoryBroker, type MemoryBrokerOptions } from './broker.ts';

function harness(options: Partial<MemoryBrokerOptions>): () => Promise<LogHarness> {
  return async () => {
    const time = new VirtualTime({ seed: 7 });
    const ports = () => {
      const process = time.process('client');
      return { clock: process, timers: process, random: time.random };
    };
    const broker = new MemoryBroker({ ...ports(), ...options });
    const clock = time.process('test');
    return {
      connect: async () => broker.connect(ports()),
      until: (condition) => time.until(condition, 60_000),
      settled: async (promise) => {
        let done = false;
        const mark = () => {
          done = true;
        };
        promise.then(mark, mark);
        await time.until(() => done);
        return promise;
      },
      pass: (ms) => time.advance(ms),
      monotonic: () => clock.monotonic(),
      compact: async (_log, topic) => broker.compact(topic),
      deleteBefore: async (partition, offset) =>
        broker.topics.log(partition).truncateBefore(offset),
      rebalance: async (groupId) => broker.forceRebalance(groupId),
      close: async () => undefined,
    };
  };
}

eventLogContract('memory, no latency', harness({}));
eventLogContract(
  'memory, slow network',
  harness({ latencies: { networkMs: 40, fetchMs: 20 }, maxBatchRecords: 7 }),
);
eventLogContract(
  'memory, delayed deliveries',
  harness({
    latencies: { networkMs: 5 },
    faults: { delayDelivery: 0.3, delayMs: 300 },
    maxBatchRecords: 50,
  }),
);
