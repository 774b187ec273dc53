import { SETTINGS } from './settings.ts';

/** `docs/configuration.md`, rendered from the settings. */
export function configurationReference(): string {
  const rows = Object.values(SETTINGS).map(({ name, fallback, unit, about }) => {
    const standard =
      fallback === null ? '**required**' : fallback === '' ? '(empty)' : `\`${fallback}\``;
    return `| \`${name}\` | ${standard} | ${unit} | ${about} |`;
  });
  return [
    '<!-- Generated from runtime/config/settings.ts by `npm run docs`. Do not edit. -->',
    '',
    '# Configuration',
    '',
    'Every setting comes from the environment, or from a file of `NAME=value` lines that `PARITY_CONFIG` names (the environment wins). A start with a wrong',
    'setting stops and lists all problems at once (`CONFIG_INVALID`).',
    '',
    '| Setting | Default | Unit | What it is |',
    '|---|---|---|---|',
    ...rows,
    '',
    'The local stack of `npm start` and the tests is chosen by `PARITY_STACK`: see [`local/`](../local/README.md).',
    '',
  ].join('\n');
}
