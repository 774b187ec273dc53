import type {
  PartitionContext,
  PartitionWorker,
  StageDefinition,
  TableChange,
} from '../../runtime/stage.ts';
import type { TableName } from '../../topology/types.ts';
import { type Work, workOf } from './work.ts';

/** Does one work; resolves when it is done. */
export type Doing = (work: Work) => Promise<void>;

/**
 * Delivery's shape with nothing of delivery in it: an agent per unit (there: per connection), to which the worker routes the table's changes;
 * agents work side by side, each on one thing at a time, and the lowest offset that is not done is what the runner reports.
 */
export function workStage(doing: Doing): StageDefinition {
  return {
    name: 'delivery',
    groupId: 'delivery',
    eventInputs: [],
    tableInputs: ['channel.desired'],
    ownTables: [],
    open: (context) => new WorkWorker(context, doing),
  };
}

class WorkWorker implements PartitionWorker {
  readonly #context: PartitionContext;
  readonly #doing: Doing;
  readonly #agents = new Map<string, Agent>();

  constructor(context: PartitionContext, doing: Doing) {
    this.#context = context;
    this.#doing = doing;
  }

  async restored(): Promise<void> {
    // The measured topic is empty at the start.
  }

  async events(): Promise<void> {
    // It reads a table alone.
  }

  async changed(changes: readonly TableChange[]): Promise<void> {
    for (const { key, offset } of changes) {
      const work = workOf(key);
      const known = this.#agents.get(work.unit);
      const agent = known ?? new Agent(this.#doing, (error) => this.#context.fail(error));
      if (!known) this.#agents.set(work.unit, agent);
      agent.take(work, offset);
    }
  }

  async wake(): Promise<void> {
    // Agents wake themselves.
  }

  lowestUndone(_topic: TableName): number | undefined {
    let lowest: number | undefined;
    for (const agent of this.#agents.values()) {
      const undone = agent.lowestUndone;
      if (undone !== undefined && (lowest === undefined || undone < lowest)) lowest = undone;
    }
    return lowest;
  }

  async close(): Promise<void> {
    for (const agent of this.#agents.values()) agent.end();
  }
}

/** The works of one unit. *resting* → `take` → *working* → nothing left → *resting*; any → `end` → *ended*. */
class Agent {
  readonly #doing: Doing;
  readonly #failed: (error: unknown) => void;
  readonly #left: { readonly work: Work; readonly offset: number }[] = [];
  /** Index of the first in `#left` that is not done; all go once none is left. */
  #first = 0;
  #working = false;
  #ended = false;

  constructor(doing: Doing, failed: (error: unknown) => void) {
    this.#doing = doing;
    this.#failed = failed;
  }

  get lowestUndone(): number | undefined {
    return this.#left[this.#first]?.offset;
  }

  take(work: Work, offset: number): void {
    this.#left.push({ work, offset });
    if (this.#working) return;
    this.#working = true;
    void this.#run().catch(this.#failed);
  }

  end(): void {
    this.#ended = true;
  }

  async #run(): Promise<void> {
    for (
      let next = this.#left[0];
      next !== undefined && !this.#ended;
      next = this.#left[this.#first]
    ) {
      await this.#doing(next.work);
      this.#first += 1;
    }
    this.#left.length = 0;
    this.#first = 0;
    this.#working = false;
  }
}
