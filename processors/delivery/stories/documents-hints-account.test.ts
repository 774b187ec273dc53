import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DocumentCodec } from '../../../connectors/documents.ts';
import type { ChannelTransport, TransportResult } from '../../../connectors/transport/port.ts';
import { fewoDirektConnector, vrboConnector } from '../../../connectors/vrbo/index.ts';
import { HINT_INTERVAL_MS } from '../../../connectors/vrbo/manifest.ts';
import type { Environment, Timer } from '../../../runtime/ports.ts';
import { sleep } from '../../../runtime/ports.ts';
import { VirtualTime } from '../../../runtime/testing/virtual-time.ts';
import type { AccountId, ChannelType, ConnectionId } from '../../../schemas/domain/ids.ts';
import type { Connection } from '../../../schemas/generated/types.ts';
import { memoryBudgets } from '../../limits/testing/memory-budgets.ts';
import type { Speaker } from '../publishing/hints.ts';
import { CLOSING_WAITS_MS, Hints, OTHERS_WAIT_MS } from '../publishing/hints.ts';
import { CONNECTION } from '../testing/harness.ts';
import { Measures, SILENT } from '../testing/measures.ts';

const CONNECTORS = { vrbo: vrboConnector, fewo_direkt: fewoDirektConnector };
/** A hint whose slot has to be drawn, and its answer, ms. */
const SOON_MS = 3_000;

interface Sent {
  readonly at: number;
  readonly credential: string | null;
  readonly advertiser: string | undefined;
  readonly kinds: readonly string[];
}

/** One connection of an account as its owner sees it. */
class Home implements Speaker {
  connection: Connection;
  /** Ends with the partition. */
  readonly partition = new AbortController();

  constructor(connection: Connection) {
    this.connection = connection;
  }

  get context() {
    return { lost: this.partition.signal };
  }
}

/** Hints of one process to a platform that takes them all, about homes in partitions of their own. */
class Scene {
  readonly time = new VirtualTime({ seed: 5 });
  readonly sent: Sent[] = [];
  readonly timers = new Set<Timer>();
  readonly measures = new Measures();
  /** Homes whose row is gone. */
  readonly gone = new Set<ConnectionId>();
  /** Accounts at the platform, by account. */
  readonly advertisers = new Map<AccountId, string>();
  /** Credentials that there are not, and those that the platform does not take. */
  readonly missing = new Set<string | null>([null]);
  readonly refused = new Set<string | null>();
  /** A request waits so long before its socket, ms. */
  socketMs = 0;
  readonly hints: Hints;
  readonly #host = this.time.process('process');
  #homes = 0;

  constructor() {
    const environment: Environment = {
      clock: this.#host,
      timers: this.#host,
      random: this.time.random,
      logger: SILENT,
      metrics: this.measures,
    };
    const connectorOf = (channel: ChannelType) => CONNECTORS[channel as keyof typeof CONNECTORS];
    this.hints = new Hints({
      hints: {
        isConfigured: () => true,
        advertiserOf: async ({ connection_id, account_id }) =>
          this.gone.has(connection_id) ? null : (this.advertisers.get(account_id) ?? account_id),
      },
      transport: this.#transport(),
      budgets: memoryBudgets(environment, connectorOf),
      environment: { ...environment, timers: { after: (ms, task) => this.#after(ms, task) } },
    });
  }

  home(changes: Partial<Connection> = {}): Home {
    this.#homes++;
    return new Home({
      ...CONNECTION,
      channel: 'vrbo' as ChannelType,
      credential_id: 'credential',
      connection_id: `connection-${this.#homes}` as ConnectionId,
      ...changes,
    });
  }

  close(home: Home): void {
    this.#changed(home, 'availability', true);
  }

  price(home: Home): void {
    this.#changed(home, 'rates', false);
  }

  /** The partition of a home goes to another owner. */
  move(home: Home): void {
    home.partition.abort();
    this.hints.left(home);
  }

  #changed(home: Home, kind: string, hasClosing: boolean): void {
    const codec = vrboConnector.documents as DocumentCodec;
    this.hints.changed({ speaker: home, codec, kinds: [kind], hasClosing });
  }

  #after(ms: number, task: () => void): Timer {
    const timer = this.#host.after(ms, () => {
      this.timers.delete(owned);
      task();
    });
    const owned: Timer = {
      cancel: () => {
        this.timers.delete(owned);
        timer.cancel();
      },
    };
    this.timers.add(owned);
    return owned;
  }

  #transport(): ChannelTransport {
    const unsent = { kind: 'notSent', message: 'not sent', durationMs: 0 } as const;
    return {
      close: async () => undefined,
      send: async (_channel, { body }, { signal, credentialId, atSocket }) => {
        if (this.missing.has(credentialId))
          return { ...unsent, reason: 'unauthorized', code: 'CREDENTIAL_MISSING' };
        await sleep(this.#host, this.socketMs);
        if (signal.aborted) return { ...unsent, reason: 'aborted', code: 'LEASE_LOST' };
        if (atSocket?.() === false) return { ...unsent, reason: 'withheld', code: 'LEASE_LOST' };
        this.sent.push({
          at: this.time.elapsed,
          credential: credentialId,
          advertiser: /<assignedId>(.*)<\/assignedId>/.exec(body ?? '')?.[1],
          kinds: [...(body ?? '').matchAll(/<contentType>(\w+)</g)].map(([, kind]) => kind ?? ''),
        });
        const status = this.refused.has(credentialId) ? 401 : 202;
        const answer: TransportResult = {
          kind: 'response',
          response: { status, headers: {}, body: '' },
          durationMs: 20,
        };
        await sleep(this.#host, 20);
        return answer;
      },
    };
  }
}

describe('a hint of an account with several homes', () => {
  let scene: Scene;
  let first: Home;
  let second: Home;
  beforeEach(() => {
    scene = new Scene();
    first = scene.home();
    second = scene.home();
  });
  afterEach(() => expect(scene.timers.size).toBe(0));

  /** Both close a night at once. Answers the one that the test is about. */
  function closeBoth(which: 'first' | 'last'): Home {
    scene.close(first);
    scene.close(second);
    return which === 'first' ? first : second;
  }

  it('is one for all of them', async () => {
    scene.price(first);
    scene.close(second);
    await scene.time.advance(2 * OTHERS_WAIT_MS);
    expect(scene.sent).toMatchObject([{ kinds: ['availability', 'rates'] }]);
    expect(scene.sent[0]?.at).toBeLessThan(CLOSING_WAITS_MS + SOON_MS);
  });

  describe.each(['first', 'last'] as const)('is sent when the one that changed %s', (which) => {
    it('moves with its partition before it is time', async () => {
      const home = closeBoth(which);
      await scene.time.advance(100);
      scene.move(home);
      await scene.time.advance(SOON_MS);
      expect(scene.sent).toHaveLength(1);
    });

    it('moves with its partition while the hint waits in line', async () => {
      closeBoth(which);
      await scene.time.advance(SOON_MS);
      const home = closeBoth(which);
      await scene.time.advance(10_000);
      expect(scene.sent).toHaveLength(1);
      scene.move(home);
      await scene.time.advance(HINT_INTERVAL_MS);
      expect(scene.sent).toHaveLength(2);
    });

    it('moves with its partition while the hint is on its way to the socket', async () => {
      scene.socketMs = 2_000;
      const home = closeBoth(which);
      await scene.time.advance(CLOSING_WAITS_MS + 1_000);
      scene.move(home);
      await scene.time.advance(HINT_INTERVAL_MS);
      expect(scene.sent).toHaveLength(1);
    });

    it('is deleted meanwhile', async () => {
      const home = closeBoth(which);
      scene.gone.add(home.connection.connection_id);
      await scene.time.advance(SOON_MS);
      expect(scene.sent).toHaveLength(1);
    });

    it('belongs to another account meanwhile', async () => {
      const home = closeBoth(which);
      home.connection = { ...home.connection, account_id: 'another' as AccountId };
      await scene.time.advance(SOON_MS);
      expect(scene.sent).toMatchObject([{ advertiser: 'account' }]);
    });

    it.each([null, 'missing'])('has no credential (%s)', async (credential_id) => {
      scene.missing.add('missing');
      const home = which === 'first' ? first : second;
      home.connection = { ...home.connection, credential_id };
      closeBoth(which);
      await scene.time.advance(SOON_MS);
      expect(scene.sent).toMatchObject([{ credential: 'credential' }]);
      expect([...scene.measures.counts.keys()].join()).not.toContain('outcome=failed');
    });
  });

  it('is sent under another credential when the platform does not take one, as soon as the limit allows', async () => {
    scene.refused.add('refused');
    for (const home of [first, second])
      home.connection = { ...home.connection, credential_id: 'refused' };
    closeBoth('first');
    scene.close(scene.home());
    await scene.time.advance(10 * HINT_INTERVAL_MS);
    expect(scene.sent).toMatchObject([{ credential: 'refused' }, { credential: 'credential' }]);
    expect(gap()).toBeGreaterThanOrEqual(HINT_INTERVAL_MS);
    expect(gap()).toBeLessThan(HINT_INTERVAL_MS + SOON_MS);
  });

  it('keeps its distance from those to the same account under the other name of the platform and of another tenant', async () => {
    const fewo = scene.home({
      channel: 'fewo_direkt' as ChannelType,
      account_id: 'tenant/fewo_direkt/adv' as AccountId,
    });
    const foreign = scene.home({ account_id: 'another/vrbo/adv' as AccountId });
    for (const { connection } of [first, fewo, foreign])
      scene.advertisers.set(connection.account_id, 'adv');
    for (const home of [first, fewo, foreign]) scene.close(home);
    await scene.time.advance(4 * HINT_INTERVAL_MS);
    expect(scene.sent.map(({ advertiser }) => advertiser)).toEqual(['adv', 'adv', 'adv']);
    const [one, two, three] = scene.sent.map(({ at }) => at);
    expect(two! - one!).toBeGreaterThanOrEqual(HINT_INTERVAL_MS);
    expect(three! - two!).toBeGreaterThanOrEqual(HINT_INTERVAL_MS);
  });

  it('waits for none to another account', async () => {
    const other = scene.home({ account_id: 'another' as AccountId });
    for (const home of [first, other]) scene.close(home);
    await scene.time.advance(SOON_MS);
    expect(scene.sent).toHaveLength(2);
  });

  it('is given up with the last of them', async () => {
    scene.price(first);
    scene.price(second);
    for (const home of [first, second]) scene.move(home);
    expect(scene.timers.size).toBe(0);
    await scene.time.advance(2 * OTHERS_WAIT_MS);
    expect(scene.sent).toEqual([]);
  });

  it('costs the others no slot when the only one that changed is deleted while it waits in line', async () => {
    scene.close(first);
    await scene.time.advance(SOON_MS);
    scene.close(first);
    await scene.time.advance(SOON_MS);
    scene.hints.left(first);
    scene.close(second);
    await scene.time.advance(HINT_INTERVAL_MS);
    expect(scene.sent).toHaveLength(2);
    await scene.time.advance(HINT_INTERVAL_MS);
    expect(scene.sent).toHaveLength(2);
  });

  function gap(): number {
    const [one, next] = scene.sent;
    return (next?.at ?? Number.NaN) - (one?.at ?? Number.NaN);
  }
});
