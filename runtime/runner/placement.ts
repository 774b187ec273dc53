import { ParityError } from '../../schemas/errors.ts';
import { partitionOf } from '../../topology/placement.ts';
import type { Stage, Topic, TopicName, Topology } from '../../topology/types.ts';
import type { Output, StageDefinition } from '../stage.ts';

/** Where the records of a stage go, by the declared topology. */
export class StagePlacement {
  readonly partitions: number;
  readonly #stage: Stage;
  readonly #topics: ReadonlyMap<TopicName, Topic>;
  readonly #owned: ReadonlySet<TopicName>;
  readonly #allowed: ReadonlySet<TopicName>;

  /** @throws ParityError TOPOLOGY_INVALID when the topology does not declare the stage. */
  constructor(topology: Topology, definition: StageDefinition) {
    const stage = topology.stages.find(({ name }) => name === definition.name);
    if (stage === undefined) {
      throw new ParityError('TOPOLOGY_INVALID', `the topology has no stage ${definition.name}`);
    }
    this.#stage = stage;
    this.partitions = topology.partitions;
    this.#topics = new Map(topology.topics.map((topic) => [topic.name, topic]));
    this.#owned = new Set(definition.ownTables);
    this.#allowed = new Set([...stage.outputs, 'channel.alerts', 'channel.dead-letters']);
  }

  partitionOf(id: string): number {
    return partitionOf(id, this.partitions);
  }

  isOwn(topic: TopicName): boolean {
    return this.#owned.has(topic);
  }

  /** Largest value of a topic, bytes; undefined: whatever the log takes. */
  maxBytes(topic: TopicName): number | undefined {
    return this.#topics.get(topic)?.maxBytes;
  }

  /**
   * The partition of an output of the worker of partition `here`.
   * @throws ParityError TOPOLOGY_INVALID when the stage does not declare the output, or cannot know where it belongs.
   */
  partitionFor(output: Output, here: number): number {
    const { topic, placement } = output;
    if (!this.#allowed.has(topic)) throw this.#invalid(`does not declare the output ${topic}`);
    const partition =
      placement === undefined ? this.#implied(output, here) : this.partitionOf(placement);
    if (this.isOwn(topic) && partition !== here) {
      throw this.#invalid(
        `wrote a record of its table ${topic} for partition ${partition} in partition ${here}`,
      );
    }
    return partition;
  }

  #implied({ topic, key }: Output, here: number): number {
    const placedBy = this.#topics.get(topic)?.placedBy;
    const byAccount = this.#stage.partitionedBy === 'account';
    if (placedBy === 'source') return here;
    if (placedBy === 'account') return byAccount ? here : this.partitionOf(key);
    if (!byAccount && this.#stage.partitionedBy === 'property') return here;
    throw this.#invalid(`wrote to ${topic} without the id that places the record`);
  }

  #invalid(what: string): ParityError {
    return new ParityError('TOPOLOGY_INVALID', `the stage ${this.#stage.name} ${what}`);
  }
}
