import type { InboundRequest } from '../../connectors/contract.ts';
import type { PostMessage } from '../../simulators/webhooks.ts';
import type { World } from './world.ts';

/** A platform waits this long for the answer to a webhook, ms. */
const PATIENCE_MS = 10_000;

/** The way of a webhook from a platform to some process of the pipeline, behind a load balancer that knows no health. */
export class WebhookRoute {
  readonly #world: World;
  /** Chance that the answer is lost although the message was stored. */
  losing = 0;

  constructor(world: World) {
    this.#world = world;
  }

  readonly post: PostMessage = (url, headers, body) => {
    const { host, chance, network, tally } = this.#world;
    return new Promise((resolve, reject) => {
      const timer = host.after(PATIENCE_MS, () => reject(new Error('no answer in time')));
      host.after(network.way(), () => {
        const reached = this.#world.running();
        const process = reached.length === 0 ? undefined : chance.pick(reached);
        if (!process) {
          timer.cancel();
          reject(new Error('connection refused'));
          return;
        }
        void process.receive(...addressOf(url), requestOf(url, headers, body)).then((status) => {
          if (chance.happens(this.losing)) {
            tally.count('fault.webhook.lost_answer');
            return;
          }
          host.after(network.way(), () => {
            timer.cancel();
            resolve(status);
          });
        });
      });
    });
  };
}

/** Path of the webhooks of a connection. */
export function webhookUrl(channel: string, connectionId: string): string {
  return `/webhooks/${channel}/${connectionId}`;
}

function addressOf(url: string): [string, string] {
  const [, , channel = '', connectionId = ''] = url.split('/');
  return [channel, connectionId];
}

function requestOf(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): InboundRequest {
  return { method: 'POST', url, headers, body: new TextEncoder().encode(body) };
}
