import { ParityError } from '../schemas/errors.ts';
import type { RunnableStage } from './pipeline.ts';
import { RUNNABLE_STAGES } from './pipeline.ts';

/** Reads `all` or a comma-separated list of stages. @throws ParityError CONFIG_INVALID naming what is no stage. */
export function stagesOf(text: string): readonly RunnableStage[] {
  if (text === 'all') return RUNNABLE_STAGES;
  const names = text.split(',').map((name) => name.trim());
  const known = names.filter((name): name is RunnableStage =>
    (RUNNABLE_STAGES as readonly string[]).includes(name),
  );
  if (known.length === names.length) return known;
  const unknown = names.filter((name) => !(known as readonly string[]).includes(name));
  throw new ParityError(
    'CONFIG_INVALID',
    `no such stage: ${unknown.join(', ')}; there are ${RUNNABLE_STAGES.join(', ')}`,
  );
}
