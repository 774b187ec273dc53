import { ERROR_CODES, type ErrorCode, ParityError } from '../../schemas/errors.ts';

/** Lines of raw output that are shown when none of them names an error of ours. */
const SHOWN_LINES = 20;

/**
 * Why a pipeline ended, from the end of its output: the code and the sentence of its last logged error, with the advice for it; else
 * STACK_FAILED with the last lines as they are.
 */
export function reasonOf(output: string, how: string): ParityError {
  const lines = output.trimEnd().split('\n');
  const error = lines.map(loggedError).findLast((found) => found !== null);
  if (!error)
    return new ParityError(
      'STACK_FAILED',
      `the pipeline ended (${how}). ${lines.slice(-SHOWN_LINES).join('\n')}`.trimEnd(),
    );
  return new ParityError(
    error.code,
    `${error.message}. The pipeline ended (${how}). ${ERROR_CODES[error.code]}`,
  );
}

function loggedError(line: string): { readonly code: ErrorCode; readonly message: string } | null {
  if (!line.startsWith('{')) return null;
  try {
    const { error } = JSON.parse(line) as { error?: { code?: unknown; message?: unknown } };
    const { code, message } = error ?? {};
    return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code)
      ? { code: code as ErrorCode, message: String(message) }
      : null;
  } catch {
    // A line that was cut, or something else that begins with a brace.
    return null;
  }
}
