import { isTableName } from '../../topology/types.ts';
import type {
  FoldContext,
  FoldResult,
  Output,
  PartitionContext,
  PartitionWorker,
  Processor,
  StageDefinition,
} from '../stage.ts';

/** Outputs written in one call: bounds what is encoded and under way at once when a whole table is recomputed. */
const OUTPUTS_PER_WRITE = 1_000;

export type FoldStage = Omit<StageDefinition, 'open'> & {
  /** The fold of one partition; called anew for each life of a worker, so that it may keep derived state. */
  processor(partition: number): Processor;
};

/** Makes a stage of a pure fold: what it returns is written in order and awaited, then the input counts as done. */
export function foldStage({ processor, ...stage }: FoldStage): StageDefinition {
  return { ...stage, open: (context) => foldWorker(processor(context.partition), context) };
}

function foldWorker(processor: Processor, context: PartitionContext): PartitionWorker {
  const state = (now = context.clock.now()): FoldContext => ({
    tables: context.tables,
    now,
    partition: context.partition,
    partitionOf: (id) => context.partitionOf(id),
  });
  const carryOut = (result: FoldResult) => apply(result, context);
  return {
    restored: async (doubtful) => carryOut(processor.restored(doubtful, state())),
    events: async (topic, records) => carryOut(processor.events(topic, records, state())),
    changed: async (keys) => carryOut(processor.changed(keys, state())),
    wake: async (now) => carryOut(processor.wake(state(now))),
    lowestUndone: () => undefined,
    close: async () => undefined,
  };
}

async function apply(result: FoldResult, context: PartitionContext): Promise<void> {
  for (const [name, by] of result.counts ?? []) {
    if (by > 0) context.metrics.count(name, {}, by);
  }
  if (result.deadLetters !== undefined) await context.deadLetter(result.deadLetters);
  for (const outputs of inOrder(result.outputs)) await context.write(outputs);
  if (result.wakeAt !== undefined) context.wakeAt(result.wakeAt);
}

/**
 * Cuts outputs where a table follows events or events follow a table: a produce request is not atomic over partitions
 * and topics, so what must be durable first is awaited first. (A repeated event is harmless, a table that says
 * "seen" without its event is not.)
 */
function inOrder(outputs: readonly Output[]): Output[][] {
  const runs: Output[][] = [];
  for (const output of outputs) {
    const run = runs.at(-1);
    const first = run?.[0];
    const joins =
      run !== undefined &&
      first !== undefined &&
      run.length < OUTPUTS_PER_WRITE &&
      isTableName(first.topic) === isTableName(output.topic);
    if (joins) run.push(output);
    else runs.push([output]);
  }
  return runs;
}
