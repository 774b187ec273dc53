import { describe, expect, it } from 'vitest';
import { codeOf } from '../schemas/errors.ts';
import { STAGES, TOPOLOGY } from './stages.ts';
import { TOPICS } from './topics.ts';
import {
  STAGE_NAMES,
  type Stage,
  type StageName,
  TOPIC_NAMES,
  type Topic,
  type TopicName,
  type Topology,
} from './types.ts';
import { assertValid, mistakesOf } from './validate.ts';

function withTopic(name: TopicName, changes: Partial<Topic>): Topology {
  return {
    ...TOPOLOGY,
    topics: TOPICS.map((topic) => (topic.name === name ? { ...topic, ...changes } : topic)),
  };
}

function withStage(name: StageName, changes: Partial<Stage>): Topology {
  return {
    ...TOPOLOGY,
    stages: STAGES.map((stage) => (stage.name === name ? { ...stage, ...changes } : stage)),
  };
}

const without = (name: TopicName): Topology => ({
  ...TOPOLOGY,
  topics: TOPICS.filter((topic) => topic.name !== name),
});

describe('the topology', () => {
  it('is valid', () => {
    expect(mistakesOf(TOPOLOGY)).toEqual([]);
    expect(() => assertValid(TOPOLOGY)).not.toThrow();
  });

  it('declares every topic and stage that code can name', () => {
    expect(TOPICS.map(({ name }) => name).sort()).toEqual([...TOPIC_NAMES].sort());
    expect(STAGES.map(({ name }) => name).sort()).toEqual([...STAGE_NAMES].sort());
  });
});

describe('a mistake is one clear sentence', () => {
  it.each<[string, Topology]>([
    [
      'The topology declares 0 partitions; it needs a whole number of at least 1.',
      { ...TOPOLOGY, partitions: 0 },
    ],
    [
      'The topology declares 1.5 partitions; it needs a whole number of at least 1.',
      { ...TOPOLOGY, partitions: 1.5 },
    ],
    [
      'The topic channel.bookings is declared as table, but typed as events.',
      withTopic('channel.bookings', { kind: 'table' }),
    ],
    [
      'The retention of channel.inbox is 0 days; it must be more than 0.',
      withTopic('channel.inbox', { retentionDays: 0 }),
    ],
    [
      'The largest value of channel.inbox is -1 bytes; it must be more than 0.',
      withTopic('channel.inbox', { maxBytes: -1 }),
    ],
    ['The topic pms.events is declared twice.', { ...TOPOLOGY, topics: [...TOPICS, TOPICS[0]!] }],
    [
      'Every stage may write channel.alerts, which is not declared.',
      {
        ...without('channel.alerts'),
        stages: STAGES.map((stage) =>
          stage.name === 'journal' ? { ...stage, inputs: ['channel.sync-log'] } : stage,
        ),
      },
    ],
    [
      'The stage mapping is partitioned by property, but its input channel.cursors is placed by account.',
      withStage('mapping', {
        inputs: ['property.calendar', 'channel.connections', 'channel.cursors'],
      }),
    ],
    [
      'The stage polling is partitioned by account, but its input channel.commands is placed by connection.',
      withStage('polling', { inputs: ['channel.accounts', 'channel.inbox', 'channel.commands'] }),
    ],
    [
      'The stage mapping is partitioned by property, but its input channel.dead-letters is placed by source.',
      withStage('mapping', {
        inputs: ['property.calendar', 'channel.connections', 'channel.dead-letters'],
      }),
    ],
    [
      'The stage mapping lists its own table channel.desired as an input; own tables are restored anyway.',
      withStage('mapping', { inputs: ['channel.desired'] }),
    ],
    [
      'The table channel.desired has 2 writing stages (mapping, dedup); it may have one.',
      withStage('dedup', { outputs: ['channel.desired', 'channel.bookings', 'channel.revisions'] }),
    ],
    ['No stage writes channel.revisions.', withStage('dedup', { outputs: ['channel.bookings'] })],
  ])('%s', (sentence, topology) => {
    expect(mistakesOf(topology)).toEqual([sentence]);
  });

  it('names both sides of a topic that is missing', () => {
    expect(mistakesOf(without('channel.bookings'))).toEqual([
      'The stage dedup writes channel.bookings, which is not declared.',
      'The stage bookings reads channel.bookings, which is not declared.',
    ]);
  });

  it('an event topic needs a retention, a stage its name for itself', () => {
    const { retentionDays: _, ...endless } = TOPICS[0]!;
    expect(mistakesOf({ ...TOPOLOGY, topics: [endless, ...TOPICS.slice(1)] })).toEqual([
      'The event topic pms.events has no retention.',
    ]);
    const journal = STAGES.at(-1)!;
    expect(mistakesOf({ ...TOPOLOGY, stages: [...STAGES, journal] })).toEqual([
      'The stage journal is declared twice.',
    ]);
  });

  it('a table may not be written where its keys do not lie', () => {
    expect(mistakesOf(withStage('mapping', { partitionedBy: 'account', inputs: [] }))).toEqual([
      'The stage mapping is partitioned by account, but its table channel.desired is placed by connection.',
    ]);
  });

  it('all are told at once, with the code', () => {
    const wrong = { ...withTopic('channel.inbox', { retentionDays: -1 }), partitions: -1 };
    const thrown = (() => {
      try {
        assertValid(wrong);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(codeOf(thrown)).toBe('TOPOLOGY_INVALID');
    expect(String(thrown)).toContain('-1 partitions');
    expect(String(thrown)).toContain('channel.inbox is -1 days');
  });
});
