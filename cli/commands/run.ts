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

async function run(stages: readonly RunnableStage[]): Promise<void> {
  const configuration = await loadConfiguration(process.env);
  const logger = pinoLogger(configuration.logLevel);
  const environment = systemEnvironment(logger);
  const ports = kafkaPorts(configuration, environment);
  const node = await startNode(configuration, environment, ports, stages);
  logger.info({ stages, ingress: node.ingressUrl, health: node.healthUrl }, 'running');
  process.send?.({ ingressUrl: node.ingressUrl, healthUrl: node.healthUrl });
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const)
      process.once(signal, () => resolve());
  });
  try {
    await Promise.race([asked, node.pipeline.ended]);
  } catch (error) {
    logger.error({ error }, 'a stage cannot go on; the process ends');
    process.exitCode = 1;
  }
  await node.stop();
  await ports.log.close();
  if (process.connected) process.disconnect();
}
