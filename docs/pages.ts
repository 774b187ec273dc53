import { readFile, writeFile } from 'node:fs/promises';
import { renderKnownAnswersPage } from '../connectors/known-answers/known-answers-page.ts';
import { configurationReference } from '../runtime/config/reference.ts';
import { renderMetricsPage } from '../runtime/metrics/page.ts';
import { renderErrorsPage } from '../schemas/generator/errors-page.ts';
import { renderTopologyPage } from '../topology/render/page.ts';
import { TOPOLOGY } from '../topology/stages.ts';

/** The pages of `docs/` that are rendered from declarations. */
const PAGES: Readonly<Record<string, () => string>> = {
  'channel-errors.md': renderKnownAnswersPage,
  'configuration.md': configurationReference,
  'errors.md': renderErrorsPage,
  'metrics.md': renderMetricsPage,
  'topology.md': () => renderTopologyPage(TOPOLOGY),
};

/** Names of the pages that are not what their declarations render. */
export async function stalePages(): Promise<string[]> {
  return [...(await changes()).keys()];
}

/** Writes the stale pages and answers their names. */
export async function writePages(): Promise<string[]> {
  const stale = await changes();
  for (const [name, text] of stale) await writeFile(pathOf(name), text);
  return [...stale.keys()];
}

/** Text of each page that is stale, by its name. */
async function changes(): Promise<Map<string, string>> {
  const stale = new Map<string, string>();
  for (const [name, render] of Object.entries(PAGES)) {
    const text = render();
    if ((await textOf(name)) !== text) stale.set(name, text);
  }
  return stale;
}

function pathOf(name: string): URL {
  return new URL(name, import.meta.url);
}

/** Null: there is no such file. */
async function textOf(name: string): Promise<string | null> {
  try {
    return await readFile(pathOf(name), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
