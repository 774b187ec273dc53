import { type Dispatcher, errors, Pool } from 'undici';
import type { Clock } from '../../runtime/ports.ts';
import { DEADLINE_MS } from '../../runtime/request-life.ts';
import type { ChannelResponse } from '../contract.ts';
import {
  abortedSent,
  abortedUnsent,
  type Call,
  DEFAULT_ANSWER_BYTES,
  notSent,
  overlong,
} from './exchange.ts';
import { type BaseUrls, targetOf } from './hosts.ts';
import type { TransportResult } from './port.ts';
import type { Carrier } from './transport.ts';

export interface UndiciOptions {
  readonly baseUrls: BaseUrls;
  readonly clock: Clock;
  /** Ms until a connection must stand. Default 5 000. */
  readonly connectTimeoutMs?: number;
  /**
   * Sockets per host. Default 1 024: how many requests are out is for the limits and the manifest to say. This is a fuse, far above what a few
   * hundred hotels that hang can hold (each no more than the manifest's `concurrency`, until its breaker opens), so they keep no other hotel waiting.
   */
  readonly connectionsPerHost?: number;
}

const DEFAULTS = {
  connectTimeoutMs: 5_000,
  connectionsPerHost: 1_024,
};
/** Idle sockets are kept this long; platforms close theirs after a minute or so. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Carries calls over HTTP/1.1: a pool per host, one request per socket at a time, keep-alive, no redirects, no retries, no
 * compression. undici tells the very turn in which a request goes to its socket; only what failed before it is `notSent`.
 */
export function createUndiciCarrier(options: UndiciOptions): Carrier {
  const settings = { ...DEFAULTS, ...options };
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new Pool(origin, {
      connections: settings.connectionsPerHost,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: settings.connectTimeoutMs },
      maxHeaderSize: 65_536,
    });
    pools.set(origin, pool);
    return pool;
  };
  return {
    exchange: (call) => {
      const { origin, path } = targetOf(
        settings.baseUrls,
        call.channel,
        call.request.host,
        call.request.path,
      );
      return new Answer(call, settings.clock).via(poolOf(origin), path);
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

/** Thrown into undici to take a request back in the turn of its write. */
class Withheld extends Error {}

/**
 * One request on a socket. `waiting` → (`onRequestStart`, and the sender still wants it) `written` → settled; what fails while
 * `waiting` was not sent, what fails once `written` is ambiguous.
 */
class Answer implements Dispatcher.DispatchHandler {
  readonly #call: Call;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  readonly #started: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #state: 'waiting' | 'written' | 'settled' = 'waiting';
  #status = 0;
  #headers: Record<string, string> = {};
  #controller: Dispatcher.DispatchController | undefined;
  #settle: (result: TransportResult) => void = () => undefined;

  constructor(call: Call, clock: Clock) {
    this.#call = call;
    this.#clock = clock;
    this.#maxBytes = call.options.maxAnswerBytes ?? DEFAULT_ANSWER_BYTES;
    this.#started = clock.monotonic();
  }

  via(pool: Pool, path: string): Promise<TransportResult> {
    const { request, options, signal, headers } = this.#call;
    if (signal.aborted) return Promise.resolve(abortedUnsent(signal, 0));
    const timeout = options.timeoutMs ?? DEADLINE_MS;
    return new Promise<TransportResult>((resolve) => {
      this.#settle = resolve;
      const { method, body } = request;
      signal.addEventListener('abort', this.#onAbort, { once: true });
      pool.dispatch(
        { path, method, headers, body, headersTimeout: timeout, bodyTimeout: timeout },
        this,
      );
    }).finally(() => signal.removeEventListener('abort', this.#onAbort));
  }

  /** The socket is open and this request is next. Throwing here leaves the socket as it is, without a byte of the request. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    // undici writes again what a socket lost that it closed itself: the platform may have both.
    if (this.#state !== 'waiting') throw new Withheld('the request was written before');
    this.#controller = controller;
    if (this.#call.options.atSocket && !this.#call.options.atSocket())
      throw new Withheld('withheld at the socket');
    this.#state = 'written';
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    this.#status = status;
    this.#headers = {};
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined)
        this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) controller.abort(new errors.ResponseExceededMaxSizeError());
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const response: ChannelResponse = {
      status: this.#status,
      headers: this.#headers,
      body: this.#text(),
    };
    this.#end({ kind: 'response', response, durationMs: this.#elapsed() });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const durationMs = this.#elapsed();
    if (this.#state === 'waiting') {
      const withheld = error instanceof Withheld;
      this.#end(
        notSent(
          withheld ? 'withheld' : 'unreachable',
          withheld ? 'LEASE_LOST' : 'CHANNEL_UNREACHABLE',
          messageOf(error),
          durationMs,
        ),
      );
      return;
    }
    if (error instanceof errors.ResponseExceededMaxSizeError) {
      this.#end(overlong(this.#maxBytes, durationMs));
      return;
    }
    const timeout =
      error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
    const code = timeout ? 'CHANNEL_TIMEOUT' : 'CHANNEL_UNREACHABLE';
    this.#end({ kind: 'ambiguous', code, message: messageOf(error), durationMs });
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#call;
    const written = this.#state === 'written';
    const elapsed = this.#elapsed();
    this.#end(written ? abortedSent(signal, elapsed) : abortedUnsent(signal, elapsed));
    this.#controller?.abort(new errors.RequestAbortedError());
  };

  #end(result: TransportResult): void {
    if (this.#state === 'settled') return;
    this.#state = 'settled';
    this.#settle(result);
  }

  #elapsed(): number {
    return this.#clock.monotonic() - this.#started;
  }

  #text(): string {
    const charset = /charset="?([\w-]+)/i.exec(this.#headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    const bytes = Buffer.concat(this.#chunks);
    try {
      return new TextDecoder(charset).decode(bytes);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return new TextDecoder().decode(bytes);
    }
  }
}

function messageOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? `${error.code}: ` : '';
  return `${code}${error.message}`.slice(0, 300);
}
