import { ERROR_CODES } from '../errors.ts';

/** `docs/errors.md`: every code with what the operator does about it. */
export function renderErrorsPage(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, advice]) => `| \`${code}\` | ${advice.replaceAll('|', '\\|')} |\n`,
  );
  return [
    '<!-- Generated from schemas/errors.ts by `npm run docs`. Do not edit. -->\n\n',
    '# Error codes\n\n',
    'Every error that leaves Parity carries one of these codes: in logs, in answers of the ingress, in sync logs, in alerts and in the headers of dead letters.\n\n',
    '| Code | What it means and what to do |\n| --- | --- |\n',
    ...rows,
  ].join('');
}
