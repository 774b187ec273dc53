import { Command, Option } from 'commander';
import { loadConfiguration } from '../../runtime/config/load.ts';
import { systemEnvironment } from '../../runtime/system/environment.ts';
import { pinoLogger } from '../../runtime/system/logger.ts';
import { kafkaPorts, startNode } from '../node.ts';
import type { RunnableStage } from '../pipeline.ts';
import { RUNNABLE_STAGES } from '../pipeline.ts';
import { stagesOf } from '../stages.ts';

/** `parity run`: one process of the pipeline, until a signal or a defect ends it. */
export function runCommand(): Command {
  return new Command('run')
    .description(
      'Runs stages of the pipeline in this process, configured by the environment (docs/configuration.md).',
    )
    .addOption(
      new Option(
        '--stages <list>',
        `which ones, comma-separated: ${RUNNABLE_STAGES.join(', ')}`,
      ).default('all'),
    )
    .addHelpText(
      'after',
      `
One process can run all stages; scaling out is more processes in the same groups.
SIGTERM and SIGINT finish what is under way, commit and leave. Any defect exits with 1, so that a supervisor starts a new process.

Examples:
  parity run
  parity run --stages mapping,delivery`,
    )
    .action(async (options: { stages: string }) => run(stagesOf(options.stages)));
}

/** A stop that waits for something that is itself gone must end too, before a supervisor's patience does (Kubernetes: 30 s). */
const STOP_MS = 15_000;

async function run(stages: readonly RunnableStage[]): Promise<void> {
  // The process that started this one over a channel is gone: nobody is left who would wait for an orderly end.
  const abandoned = () => process.exit(1);
  process.once('disconnect', abandoned);
  try {
    await runStages(stages);
  } finally {
    // A channel that is listened to keeps the process alive, also after a start that failed.
    process.off('disconnect', abandoned);
    if (process.connected) process.disconnect();
  }
}

async function runStages(stages: readonly RunnableStage[]): Promise<void> {
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  const configuration = await loadConfiguration(process.env);
  const logger = pinoLogger(configuration.logLevel);
  const environment = systemEnvironment(logger);
  const { log, registry } = kafkaPorts(configuration, environment);
  try {
    const node = await startNode(configuration, environment, { log, registry }, stages);
    logger.info({ stages, ingress: node.ingressUrl, health: node.healthUrl }, 'running');
    if (process.connected)
      process.send?.({ ingressUrl: node.ingressUrl, healthUrl: node.healthUrl });
    try {
      await Promise.race([asked, node.pipeline.ended]);
    } catch (error) {
      logger.error({ error }, 'a stage cannot go on; the process ends');
      process.exitCode = 1;
    }
    setTimeout(() => {
      logger.error(
        { waited: STOP_MS },
        'the stages did not stop in time; the process ends all the same',
      );
      process.exit(1);
    }, STOP_MS).unref();
    await node.stop();
  } finally {
    await log.close();
  }
}
