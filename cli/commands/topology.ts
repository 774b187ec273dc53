import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { loadConfiguration } from '../../runtime/config/load.ts';
import type { LogAdmin, TopicSpec } from '../../runtime/event-log.ts';
import { systemEnvironment } from '../../runtime/system/environment.ts';
import { pinoLogger } from '../../runtime/system/logger.ts';
import { ParityError } from '../../schemas/errors.ts';
import { SCHEMAS } from '../../schemas/generated/schemas.ts';
import { inspect, repairCluster, topicSpecs } from '../../topology/cluster.ts';
import type { Format } from '../../topology/render/render.ts';
import { FORMATS, render } from '../../topology/render/render.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { assertValid } from '../../topology/validate.ts';
import { CLUSTER_FIELDS, kafkaPorts } from '../node.ts';

interface TopologyOptions {
  readonly format: Format;
  readonly check?: true;
  readonly repair?: true;
}

/** `parity topology`: the declared graph, and how the configured cluster compares with it. */
export function topologyCommand(): Command {
  return new Command('topology')
    .description('Shows the pipeline as it is declared, or compares a cluster with it.')
    .addOption(
      new Option('-f, --format <format>', 'how to show it').choices(FORMATS).default('markdown'),
    )
    .option('--check', 'compare the topics of the configured cluster; exit code 1 when they differ')
    .option('--repair', 'create what is missing and set the configuration of topics that differ')
    .addHelpText(
      'after',
      `
Examples:
  parity topology --format mermaid > pipeline.mmd
  parity topology --format asyncapi > asyncapi.json
  parity topology --check`,
    )
    .action(async ({ format, check, repair }: TopologyOptions) => {
      assertValid(TOPOLOGY);
      if (check || repair) await onCluster(repair ? repairTopics : checkTopics);
      else
        process.stdout.write(
          `${render(TOPOLOGY, format, { version: await version(), schemas: SCHEMAS })}\n`,
        );
    });
}

async function checkTopics(admin: LogAdmin, specs: readonly TopicSpec[]): Promise<void> {
  const drift = await inspect(admin, specs);
  if (drift.length > 0) {
    throw new ParityError('TOPIC_DRIFT', drift.map(({ message }) => message).join('\n'));
  }
  process.stdout.write(`all ${specs.length} topics are as declared\n`);
}

async function repairTopics(admin: LogAdmin, specs: readonly TopicSpec[]): Promise<void> {
  const repaired = await repairCluster(admin, specs);
  process.stdout.write(
    repaired.length === 0 ? 'nothing to repair\n' : `set right: ${repaired.join(', ')}\n`,
  );
}

async function onCluster(
  work: (admin: LogAdmin, specs: readonly TopicSpec[]) => Promise<void>,
): Promise<void> {
  const configuration = await loadConfiguration(process.env, CLUSTER_FIELDS);
  const { log } = kafkaPorts(configuration, systemEnvironment(pinoLogger('error')));
  try {
    await work(log.admin, topicSpecs(TOPOLOGY, configuration.replication));
  } finally {
    await log.close();
  }
}

async function version(): Promise<string> {
  const manifest = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  return manifest.version;
}
