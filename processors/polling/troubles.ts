import type { ErrorCode } from '../../schemas/errors.ts';
import { codeOf } from '../../schemas/errors.ts';

/** So many failures in a row are told to the owner; fewer pass by themselves. */
const FAILURES_TO_TELL = 3;

interface Trouble {
  failures: number;
  told: ErrorCode | null;
}

/** Failures in a row, per thing that is asked for: each is told once, when it lasts and when it becomes another one. */
export class Troubles {
  readonly #troubles = new Map<string, Trouble>();

  /** Answers what to tell the owner now; null: nothing new. */
  note(source: string, error: unknown): { readonly code: ErrorCode; readonly text: string } | null {
    const trouble = this.#troubles.get(source) ?? { failures: 0, told: null };
    this.#troubles.set(source, trouble);
    trouble.failures++;
    const code = troubleCode(error);
    if (trouble.failures < FAILURES_TO_TELL || trouble.told === code) return null;
    trouble.told = code;
    return { code, text: error instanceof Error ? error.message : String(error) };
  }

  over(source: string): void {
    this.#troubles.delete(source);
  }
}

/** What went wrong, for counts and alerts; an error without a code is that of a codec which met something unforeseen. */
export function troubleCode(error: unknown): ErrorCode {
  return codeOf(error) ?? 'CHANNEL_RESPONSE_MALFORMED';
}

/** The log says that the partition is not ours any more. */
export function isLostPartition(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'LEASE_LOST' || code === 'LOG_UNAVAILABLE' || code === 'FENCED';
}
