import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { SCHEMAS } from '../../schemas/generated/schemas.ts';
import type { Format } from '../../topology/render/render.ts';
import { FORMATS, render } from '../../topology/render/render.ts';
import { TOPOLOGY } from '../../topology/stages.ts';
import { assertValid } from '../../topology/validate.ts';

/** `parity topology`: the declared graph as JSON, Mermaid, AsyncAPI 3 or a Markdown table. */
export function topologyCommand(): Command {
  return new Command('topology')
    .description('Shows the pipeline as it is declared: topics, stages and who writes what.')
    .addOption(
      new Option('-f, --format <format>', 'how to show it').choices(FORMATS).default('markdown'),
    )
    .addHelpText(
      'after',
      `
Examples:
  parity topology --format mermaid > pipeline.mmd
  parity topology --format asyncapi > asyncapi.json`,
    )
    .action(async ({ format }: { format: Format }) => {
      assertValid(TOPOLOGY);
      process.stdout.write(
        `${render(TOPOLOGY, format, { version: await version(), schemas: SCHEMAS })}\n`,
      );
    });
}

async function version(): Promise<string> {
  const manifest = JSON.parse(
    await readFile(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { version: string };
  return manifest.version;
}
