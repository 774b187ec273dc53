import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParityError } from '../schemas/errors.ts';

const POLL_MS = 25;

/**
 * Resolves with the first value of `probe` that is not undefined.
 *
 * @param what names what is waited for, for the message of the failure
 * @param timeoutMs milliseconds; when they have passed: `STACK_FAILED` with the text of `evidence`
 */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => Promise<T | undefined>,
  evidence: () => Promise<string> = async () => '',
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() >= deadline) {
      throw new ParityError(
        'STACK_FAILED',
        `${what} did not happen within ${timeoutMs / 1000} s. ${await evidence()}`.trim(),
      );
    }
    await sleep(POLL_MS);
  }
}

/** The last lines of a log file, for an error message; says so when there is none. */
export async function tailOf(file: string, lines = 15): Promise<string> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => error.message);
  return `Last output:\n${text.trimEnd().split('\n').slice(-lines).join('\n')}`;
}
