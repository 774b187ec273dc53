import { ERROR_CODES, type ErrorCode } from '../../schemas/errors.ts';
import type { Outcome } from '../contract.ts';
import type { KnownAnswer } from './known-answers.ts';
import { EVERYWHERE, KNOWN_ANSWERS } from './known-answers.ts';

/** Classes of the design (section 4): what delivery does after such an answer. */
const CLASSES = {
  field: 'those values are rejected with code and advice, the rest goes on',
  search: 'nobody is named: the request is halved until the value is found',
  connection: 'no field is at fault: an alert, a probe every minute, all stays to be sent',
  auth: 'the token is renewed once, then the connection is `expired`',
  limit: 'a pause, for what the platform counts; neither failure nor success',
  transient:
    'tried again after 2, 4, 8, 16, 32 s with what is true by then; it may have been applied',
  none: 'all is applied',
} as const;

function classOf(outcome: Outcome): keyof typeof CLASSES {
  switch (outcome.kind) {
    case 'applied':
      return 'none';
    case 'partial':
      return 'field';
    case 'refused':
      return outcome.refused.length > 0 ? 'field' : 'search';
    case 'rate_limited':
      return 'limit';
    case 'unauthorized':
      return 'auth';
    case 'connection_fault':
      return 'connection';
    case 'unknown':
      return 'transient';
  }
}

function codeOfOutcome(outcome: Outcome): ErrorCode | null {
  switch (outcome.kind) {
    case 'applied':
      return null;
    case 'partial':
      return outcome.refused[0]?.code ?? null;
    case 'refused':
      return outcome.refused[0]?.code ?? outcome.code;
    case 'rate_limited':
      return 'CHANNEL_RATE_LIMITED';
    case 'unauthorized':
      return 'CHANNEL_UNAUTHORIZED';
    case 'connection_fault':
    case 'unknown':
      return outcome.code;
  }
}

function row({ said, outcome, advice }: KnownAnswer): string {
  const code = codeOfOutcome(outcome);
  const words = advice ?? (code === null ? '' : ERROR_CODES[code]);
  const cells = [said, classOf(outcome), code === null ? '' : `\`${code}\``, words];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function table(title: string, answers: readonly KnownAnswer[]): string {
  const head = '| The platform says | Class | Our code | What to do |\n| --- | --- | --- | --- |\n';
  return `\n## ${title}\n\n${head}${answers.map(row).join('')}`;
}

/** `docs/channel-errors.md`: what each platform may answer, and what follows. */
export function renderKnownAnswersPage(): string {
  const classes = Object.entries(CLASSES).map(([name, what]) => `| ${name} | ${what} |\n`);
  return [
    '<!-- Generated from connectors/known-answers/known-answers.ts by `npm run docs`. Do not edit. -->\n\n',
    '# What channels answer\n\n',
    'Each row is found by giving the answer to the connector, for a request with the units and the price of one night, the text naming night, price and rate plan. Whatever is in no table and is not proven otherwise is *transient*; a refusal that names nobody is searched for.\n\n',
    '| Class | What delivery does |\n| --- | --- |\n',
    ...classes,
    table('Statuses, on every platform', EVERYWHERE),
    ...KNOWN_ANSWERS.map(({ platform, answers }) => table(platform, answers)),
    '\n## Vrbo and FeWo-direkt\n\nThey fetch, and do not say what they think of a document. What is not fetched for six hours (texts and policies: three days) is an alert (`DOCUMENT_NOT_FETCHED`); a push hint that is refused is a metric.\n',
  ].join('');
}
