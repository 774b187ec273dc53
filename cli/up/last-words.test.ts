import { describe, expect, it } from 'vitest';
import { reasonOf } from './last-words.ts';

const line = (code: string, message: string) =>
  JSON.stringify({ level: 'error', error: { type: 'ParityError', code, message }, msg: 'stops' });

describe('why a pipeline ended', () => {
  it('is the last error of ours that it logged, with its advice', () => {
    const output = `${line('LOG_UNAVAILABLE', 'slow')}\n${line('SCHEMA_NEWER_THAN_BUILD', 'cannot read schema 18')}\nbye\n`;
    const reason = reasonOf(output, 'exit code 1');
    expect(reason.code).toBe('SCHEMA_NEWER_THAN_BUILD');
    expect(reason.message).toBe(
      'cannot read schema 18. The pipeline ended (exit code 1). A registered schema has a branch that this build does not know. Deploy the newer build first.',
    );
  });

  it('is its output as it stands where no error of ours is in it, a cut line too', () => {
    const output = '{"level":"error","error":{"code":"LOG_UNAV\nSegmentation fault\n';
    const reason = reasonOf(output, 'SIGSEGV');
    expect(reason.code).toBe('STACK_FAILED');
    expect(reason.message).toContain('the pipeline ended (SIGSEGV). {"level"');
    expect(reason.message).toContain('Segmentation fault');
  });

  it('is told in one sentence where it said nothing', () => {
    expect(reasonOf('', 'SIGKILL').message).toBe('the pipeline ended (SIGKILL).');
  });
});
