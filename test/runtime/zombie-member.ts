/**
 * A process of its own that is a member of a group, for the test that freezes it. Says on its standard output, a JSON line each, what it
 * hears, and at every tick whether its lease holds and what became of a commit. Arguments: broker, topic, group, session timeout in ms.
 */
import { partitionKey } from '../../runtime/event-log.ts';
import { KafkaEventLog } from '../../runtime/log/kafka/client.ts';
import { codeOf } from '../../schemas/errors.ts';
import { realPorts } from './real-ports.ts';

const [broker = '', topic = '', groupId = '', session = ''] = process.argv.slice(2);
const ports = realPorts();
const log = new KafkaEventLog({ brokers: [broker], clientId: 'zombie', topicPrefix: '' }, ports);
let partitions: readonly { topic: string; partition: number }[] = [];

function say(what: string, detail: Record<string, unknown> = {}): void {
  process.stdout.write(`${JSON.stringify({ what, ...detail })}\n`);
}

const member = await log.join(
  { groupId, topics: [topic], sessionTimeoutMs: Number(session), maxWaitMs: 100 },
  {
    assigned: async (assignment) => {
      partitions = assignment.partitions;
      say('assigned', { partitions: partitions.length, generation: assignment.generation });
      return new Map(partitions.map((each) => [partitionKey(each), 'earliest' as const]));
    },
    revoked: () => say('revoked'),
    records: () => undefined,
    outOfRange: () => undefined,
  },
);

let last = ports.clock.monotonic();
setInterval(() => {
  const now = ports.clock.monotonic();
  const frozen = now - last > Number(session);
  last = now;
  if (!frozen) return;
  // The first thing that happens after the freeze, before anything from the broker was read.
  say('thawed', { leaseHeld: member.leaseUntil() > now });
  const commit = member.commit(partitions.map((each) => ({ ...each, offset: 1 })));
  commit.then(
    () => say('committed'),
    (error: unknown) => say('commit failed', { code: codeOf(error) }),
  );
}, 20);
