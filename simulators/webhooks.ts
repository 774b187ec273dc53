import { createHmac } from 'node:crypto';
import type { SimulatorPorts } from './http.ts';

/** Posts one message to the partner and gives the status; rejects when there is no answer. */
export type PostMessage = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
) => Promise<number>;

export interface Subscription {
  /** Listing or hotel whose messages go here; null: all. */
  readonly scope: string | null;
  readonly url: string;
  /** Key of the HMAC. */
  readonly secret: string;
}

/** How messages travel. Chances are in [0, 1], times in ms. */
export interface DeliveryPolicy {
  /** Chance that a message is sent a second time although it arrived. */
  readonly duplicate: number;
  /** Chance that a message is never sent. */
  readonly drop: number;
  /** Shortest and longest time until a message leaves; unequal times reorder. */
  readonly delay: readonly [number, number];
  /** Waits before the 2nd, 3rd, … attempt; the last one repeats until `giveUpAfter`. */
  readonly backOff: readonly number[];
  readonly giveUpAfter: number;
}

export interface Delivery {
  readonly id: number;
  readonly scope: string;
  readonly url: string;
  readonly body: string;
  readonly createdAt: number;
  readonly attempts: { readonly at: number; readonly status: number | null }[];
  state: 'waiting' | 'delivered' | 'dropped' | 'given_up';
}

export const DEFAULT_POLICY: DeliveryPolicy = {
  duplicate: 0,
  drop: 0,
  delay: [0, 0],
  backOff: [1_000, 5_000, 15_000, 60_000, 300_000, 900_000],
  giveUpAfter: 86_400_000,
};

/**
 * Messages from a platform to the partner: `POST`, JSON, `Date`, and a signature header with the hex HMAC-SHA256 of the raw
 * body. A message goes out again with back-off until it is answered 2xx.
 */
export class WebhookSender {
  readonly #ports: SimulatorPorts;
  readonly #post: PostMessage;
  readonly #signatureHeader: string;
  readonly #subscriptions: Subscription[] = [];
  readonly #timers = new Set<{ cancel(): void }>();
  readonly deliveries: Delivery[] = [];
  policy: DeliveryPolicy = DEFAULT_POLICY;
  /** So many of the next messages are never sent. */
  dropNext = 0;
  /** So many of the next messages are sent twice. */
  duplicateNext = 0;

  constructor(ports: SimulatorPorts, post: PostMessage, signatureHeader: string) {
    this.#ports = ports;
    this.#post = post;
    this.#signatureHeader = signatureHeader;
  }

  /** Adds a subscription; one with the same scope is replaced. */
  subscribe(subscription: Subscription): void {
    const at = this.#subscriptions.findIndex(({ scope }) => scope === subscription.scope);
    if (at >= 0) this.#subscriptions.splice(at, 1);
    this.#subscriptions.push(subscription);
  }

  /** Sends a message about a listing or hotel to whoever subscribed; the narrower subscription wins. */
  send(scope: string, message: Readonly<Record<string, unknown>>): void {
    const target =
      this.#subscriptions.find((one) => one.scope === scope) ??
      this.#subscriptions.find((one) => one.scope === null);
    if (!target) return;
    const dropped = this.dropNext > 0 || this.#ports.random() < this.policy.drop;
    if (this.dropNext > 0) this.dropNext -= 1;
    this.#enqueue(target, scope, message, dropped);
    const twice = this.duplicateNext > 0 || this.#ports.random() < this.policy.duplicate;
    if (this.duplicateNext > 0) this.duplicateNext -= 1;
    if (!dropped && twice) this.#enqueue(target, scope, message, false);
  }

  /** Messages that are neither delivered nor given up. */
  waiting(): number {
    return this.deliveries.filter(({ state }) => state === 'waiting').length;
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #enqueue(
    target: Subscription,
    scope: string,
    message: Readonly<Record<string, unknown>>,
    dropped: boolean,
  ): void {
    const delivery: Delivery = {
      id: this.deliveries.length + 1,
      scope,
      url: target.url,
      body: JSON.stringify(message),
      createdAt: this.#ports.clock.now(),
      attempts: [],
      state: dropped ? 'dropped' : 'waiting',
    };
    this.deliveries.push(delivery);
    if (dropped) return;
    const [low, high] = this.policy.delay;
    this.#schedule(low + this.#ports.random() * Math.max(0, high - low), () =>
      this.#attempt(delivery, target),
    );
  }

  #attempt(delivery: Delivery, target: Subscription): void {
    const at = this.#ports.clock.now();
    const headers = {
      'content-type': 'application/json',
      date: new Date(at).toUTCString(),
      [this.#signatureHeader]: createHmac('sha256', target.secret)
        .update(delivery.body)
        .digest('hex'),
    };
    this.#post(target.url, headers, delivery.body).then(
      (status) => this.#conclude(delivery, target, at, status),
      () => this.#conclude(delivery, target, at, null),
    );
  }

  #conclude(delivery: Delivery, target: Subscription, at: number, status: number | null): void {
    delivery.attempts.push({ at, status });
    if (status !== null && status >= 200 && status < 300) {
      delivery.state = 'delivered';
      return;
    }
    const { backOff, giveUpAfter } = this.policy;
    const wait = backOff[Math.min(delivery.attempts.length, backOff.length) - 1] ?? 1_000;
    if (this.#ports.clock.now() + wait - delivery.createdAt > giveUpAfter) {
      delivery.state = 'given_up';
      return;
    }
    this.#schedule(wait, () => this.#attempt(delivery, target));
  }

  #schedule(delay: number, task: () => void): void {
    const timer = this.#ports.timers.after(delay, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
  }
}
