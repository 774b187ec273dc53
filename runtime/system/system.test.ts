import { describe, expect, it } from 'vitest';
import { ParityError } from '../../schemas/errors.ts';
import { METRICS } from '../metrics/catalogue.ts';
import { sleep } from '../ports.ts';
import { systemClock, systemTimers } from './clock.ts';
import { pinoLogger } from './logger.ts';
import { PrometheusMetrics } from './metrics.ts';
import { systemRandom } from './random.ts';

function lines() {
  const written: Record<string, unknown>[] = [];
  const logger = pinoLogger('info', {
    write: (line: string) => written.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { written, logger, text: () => JSON.stringify(written) };
}

describe('log lines', () => {
  it('carry level, time, message and the fields of their context', () => {
    const { written, logger } = lines();
    logger.child({ stage: 'delivery', tenant: 't' }).info({ connection: 'c', trace: 'x' }, 'sent');
    expect(written).toMatchObject([
      { level: 'info', msg: 'sent', stage: 'delivery', tenant: 't', connection: 'c', trace: 'x' },
    ]);
    expect(String(written[0]?.time)).toMatch(/^\d{4}-\d\d-\d\dT/);
  });

  it.each([
    [
      'a header, in any spelling',
      { headers: { Authorization: 'hunter2', 'X-Airbnb-Signature': 'hunter2' } },
    ],
    ['a token deep inside', { request: { auth: [{ grant: { access_token: 'hunter2' } }] } }],
    ['a guest', { reservation: { guest: { first_name: 'hunter2' } } }],
    [
      'a guest in a list',
      { reservations: [{ guestName: 'hunter2', e_mail: 1, email: 'hunter2' }] },
    ],
    ['a bearer token in a text', { request: 'GET / Authorization: Bearer hunter2hunter2' }],
    ['credentials in a URL', { url: 'postgres://parity:hunter2@host/parity' }],
    [
      'a secret in the message of an error and of its cause',
      {
        error: new Error('no', { cause: new Error('cannot reach http://me:hunter2@host') }),
      },
    ],
    ['bytes', { value: new TextEncoder().encode('hunter2') }],
    ['a map', { headers: new Map([['cookie', 'hunter2']]) }],
  ])('censor %s', (_what, fields) => {
    const { logger, text } = lines();
    logger.info(fields, 'line');
    logger.child(fields).info({}, 'line of a child');
    expect(text()).not.toContain('hunter2');
    expect(text()).toContain('line of a child');
  });

  it('keep what an operator needs of an error: code, message, stack', () => {
    const { written, logger } = lines();
    logger.error({ error: new ParityError('FENCED', 'another owner') }, 'let go');
    expect(written[0]?.error).toMatchObject({ code: 'FENCED', message: 'another owner' });
    expect(written[0]).toHaveProperty('error.stack');
  });

  it('leave plain fields alone, and end at a cycle', () => {
    const { written, logger } = lines();
    const cycle: Record<string, unknown> = { name: 'x', count: 3, none: null };
    cycle.self = cycle;
    logger.info({ cycle }, 'line');
    expect(written[0]).toMatchObject({ cycle: { name: 'x', count: 3, none: null } });
  });
});

describe('metrics', () => {
  it('are counted, set and observed by label', async () => {
    const metrics = new PrometheusMetrics();
    metrics.count('rate_limit_hits_total', { channel_type: 'a' });
    metrics.count('rate_limit_hits_total', { channel_type: 'a' }, 2);
    metrics.gauge('parity_outbox_oldest_seconds', 4);
    metrics.observe('parity_outbound_latency_seconds', 0.15, { lane: 'a' });
    const text = await metrics.registry.metrics();
    expect(text).toContain(`# HELP rate_limit_hits_total ${METRICS.rate_limit_hits_total.help}`);
    expect(text).toContain('rate_limit_hits_total{channel_type="a"} 3');
    expect(text).toContain('parity_outbox_oldest_seconds 4');
    expect(text).toContain('parity_outbound_latency_seconds_bucket{le="0.2",lane="a"} 1');
  });

  it('with other labels than the declared ones do not stop the caller, and the defect is visible', async () => {
    const metrics = new PrometheusMetrics();
    metrics.count('rate_limit_hits_total', { channel_type: 'a', sort: 'b' });
    const text = await metrics.registry.metrics();
    expect(text).toContain('rate_limit_hits_total{channel_type="a"} 1');
    expect(text).toContain(
      'parity_metric_label_mismatches_total{metric="rate_limit_hits_total"} 1',
    );
  });
});

describe('the machine', () => {
  it('has clocks, timers that can be cancelled, and chance', async () => {
    const begin = systemClock.monotonic();
    let fired = false;
    const timer = systemTimers.after(5, () => {
      fired = true;
    });
    timer.cancel();
    await sleep(systemTimers, 20);
    expect(fired).toBe(false);
    expect(systemClock.monotonic() - begin).toBeGreaterThanOrEqual(15);
    expect(systemRandom.uuid()).not.toBe(systemRandom.uuid());
    expect(systemRandom.next()).toBeLessThan(1);
  });
});
