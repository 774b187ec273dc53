import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { check, generate } from './generator/generation.ts';

const USAGE = `npm run schemas -- [--unreleased] [--check]
Generates types and standalone schemas from schemas/avro. (Pages of docs/: npm run docs.)
  --check       writes nothing; exits 1 with a line for each stale file and each incompatible schema
  --unreleased  the newest version in schemas/history was never released: replace it instead of adding one`;

const { values } = parseArgs({
  options: {
    check: { type: 'boolean' },
    unreleased: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const options = {
  root: fileURLToPath(new URL('..', import.meta.url)),
  unreleased: values.unreleased ?? false,
};

if (values.help) {
  console.log(USAGE);
} else if (values.check) {
  const mistakes = check(options);
  for (const mistake of mistakes) console.error(mistake);
  process.exitCode = mistakes.length > 0 ? 1 : 0;
} else {
  try {
    const written = generate(options);
    console.log(
      written.length === 0
        ? 'Nothing has changed.'
        : written.map((file) => `wrote ${file}`).join('\n'),
    );
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
