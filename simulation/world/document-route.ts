import type { FetchDocument } from '../../simulators/http.ts';
import type { World } from './world.ts';

const ORIGIN = 'http://parity.simulated';

/** The way of a crawler to some process of the pipeline, behind a load balancer that knows no health. */
export class DocumentRoute {
  readonly #world: World;
  /** Chance that the answer is lost although the process has sent all of it. */
  losing = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Rejects when nobody is there; never settles when the process dies or its answer is lost. */
  readonly fetch: FetchDocument = (url, headers) => {
    const { host, chance, network, tally, documents } = this.#world;
    return new Promise((resolve, reject) => {
      host.after(network.way(), () => {
        const reached = this.#world.running();
        const process = reached.length === 0 ? undefined : chance.pick(reached);
        if (!process) {
          reject(new Error('connection refused'));
          return;
        }
        void process.serve(requestOf(url, headers)).then((answer) => {
          if (answer.status === 200) documents.served(url, answer.body);
          if (answer.headers['retry-after'] !== undefined)
            tally.count('fault.document.process_behind');
          void answer.sent?.();
          if (chance.happens(this.losing)) {
            tally.count('fault.document.lost_answer');
            return;
          }
          const { status, body } = answer;
          host.after(network.way(), () => resolve({ status, headers: answer.headers, body }));
        });
      });
    });
  };
}

/** Where the index of a kind is, as the owner enters it at the platform. */
export function documentUrl(channel: string, credentialId: string, kind: string): string {
  return `${ORIGIN}/documents/${channel}/${credentialId}/${kind}`;
}

/** What a URL of ours names. */
export function requestOf(url: string, headers: Readonly<Record<string, string>>) {
  const { origin, pathname, searchParams } = new URL(url);
  const [, , channel = '', credentialId = '', ...rest] = pathname.split('/');
  return {
    channel,
    credentialId,
    connectionId: rest.length > 1 ? (rest[0] ?? null) : null,
    kind: rest.at(-1) ?? '',
    state: searchParams.get('state'),
    headers,
    baseUrl: origin,
  };
}
