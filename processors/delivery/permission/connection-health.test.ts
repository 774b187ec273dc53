import { expect, it } from 'vitest';
import { VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import { FAILURES_TO_OPEN, OPEN_MS } from './breaker.ts';
import { SendPermission } from './connection-health.ts';

const CONNECTION = { connection_id: 'c', tenant_id: 't', incarnation: 1 } as unknown as Connection;

it('I5: an open breaker that nobody owned for longer than it stays open was opened when it was opened', async () => {
  const time = new VirtualTime({ seed: 1 });
  const before = new SendPermission(time.process('before'));
  for (let failure = 0; failure < FAILURES_TO_OPEN; failure++) before.failed(0);
  const left = before.takeChanged(CONNECTION, 0, false);
  if (left === null) throw new Error('nothing to hand over');
  await time.advance(2 * OPEN_MS);
  const after = new SendPermission(time.process('after'));
  after.restore(left);
  expect(after.takeChanged(CONNECTION, 1, true)).toMatchObject({
    breaker: 'open',
    opened_at: left.opened_at,
  });
  expect(after.allows(0, 1).free).toBe(1);
  expect(after.breaker.state).toBe('half_open');
});
