import { parseArgs } from 'node:util';
import { stalePages, writePages } from './pages.ts';

const USAGE = `npm run docs -- [--check]
Renders docs/channel-errors.md, docs/errors.md, docs/topology.md, docs/configuration.md and docs/metrics.md from what the code declares.
  --check  writes nothing; exits 1 with a line for each stale page`;

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, help: { type: 'boolean' } },
});

if (values.help) {
  console.log(USAGE);
} else if (values.check) {
  const stale = await stalePages();
  for (const page of stale)
    console.error(`docs/${page} is stale: run \`npm run docs\` and commit what it writes.`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  const written = await writePages();
  console.log(
    written.length === 0
      ? 'Nothing has changed.'
      : written.map((page) => `wrote docs/${page}`).join('\n'),
  );
}
