import type { FaultBook, FaultSpec, RequestKind } from './faults.ts';
import { ConnectionReset, type SimRequest, type SimResponse, type SimulatorPorts } from './http.ts';
import type { Exchange, Ledger } from './ledger.ts';

/** More than anybody reads. */
const HUGE_BYTES = 20 * 1_024 * 1_024;

/** How the platform files a request when it arrives, before it looks inside. */
export interface Filing {
  readonly kind: RequestKind;
  readonly target: string | null;
  /** Set: at most one request with this key is in work. */
  readonly exclusive?: string;
}

/** What the platform does with a request once the gateway lets it in. */
export interface Work {
  readonly exchange: Exchange;
  /** False: judge and answer as always, but change nothing. */
  readonly apply: boolean;
  /** A `partial` or `refuse` fault to be carried out by the platform. */
  readonly refusing: Extract<FaultSpec, { kind: 'partial' | 'refuse' }> | undefined;
}

/** What a platform core provides to its gateway. */
export interface GatewayBackend {
  file(request: SimRequest): Filing;
  /** A refusal for going over a limit, or undefined. Called once per arrival. */
  limit(request: SimRequest, exchange: Exchange): SimResponse | undefined;
  /** The refusal of a second request in work, when requests exclude each other. `excused`: a fault holds the place. */
  busy(exchange: Exchange, excused: boolean): SimResponse;
  /** The platform's own answer for an injected status. */
  failure(status: number, request: SimRequest): SimResponse;
  work(request: SimRequest, work: Work): SimResponse;
}

/**
 * The door of a platform. Arrival (logged, counted against limits) → fault, if one is armed → `answerTime` ms of work →
 * effect and answer at the end of it. Two requests may therefore overtake each other, as they may at the platform.
 */
export class Gateway {
  readonly #ports: SimulatorPorts;
  readonly #ledger: Ledger;
  readonly #faults: FaultBook;
  readonly #backend: GatewayBackend;
  /** Ms from arrival to answer: lowest and highest, drawn uniformly. */
  answerTime: readonly [number, number] = [0, 0];
  readonly #inWork = new Map<string, { faulted: boolean }>();
  readonly #timers = new Set<{ cancel(): void }>();

  constructor(ports: SimulatorPorts, ledger: Ledger, faults: FaultBook, backend: GatewayBackend) {
    this.#ports = ports;
    this.#ledger = ledger;
    this.#faults = faults;
    this.#backend = backend;
  }

  /** @throws ConnectionReset when a fault drops the connection. A hung request never settles. */
  handle(request: SimRequest): Promise<SimResponse> {
    const filing = this.#backend.file(request);
    const { kind, target } = filing;
    const { method, path, body } = request;
    const exchange = this.#ledger.open({
      at: this.#ports.clock.now(),
      method,
      path,
      kind,
      target,
      body,
    });
    const refusal = this.#backend.limit(request, exchange);
    if (refusal) return Promise.resolve(this.#answer(exchange, refusal));
    const fault = this.#faults.meet(kind, target);
    exchange.fault = fault?.kind ?? null;
    if (fault?.kind === 'fail') {
      const failure = this.#backend.failure(fault.status, request);
      const headers =
        fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      return this.#later(this.#drawAnswerTime(), () =>
        this.#answer(exchange, { ...failure, headers: { ...failure.headers, ...headers } }),
      );
    }
    if (fault?.kind === 'hang') return never();
    if (fault?.kind === 'reset' && !fault.applied) return Promise.reject(new ConnectionReset());
    if (fault?.kind === 'apply_late') return this.#applyLate(request, exchange, fault);
    return this.#inTurn(request, filing, exchange, fault);
  }

  /** Cancels what is still to come. */
  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #inTurn(
    request: SimRequest,
    filing: Filing,
    exchange: Exchange,
    fault: FaultSpec | undefined,
  ): Promise<SimResponse> {
    const key = filing.exclusive;
    const other = key === undefined ? undefined : this.#inWork.get(key);
    if (other)
      return Promise.resolve(this.#answer(exchange, this.#backend.busy(exchange, other.faulted)));
    if (key !== undefined) this.#inWork.set(key, { faulted: fault !== undefined });
    const leave = () => {
      if (key !== undefined) this.#inWork.delete(key);
    };
    return this.#later(this.#drawAnswerTime(), () => {
      const answer = this.#work(request, exchange, fault);
      if (fault?.kind === 'slow') {
        return this.#later(fault.delay, () => {
          leave();
          return this.#answer(exchange, answer);
        });
      }
      leave();
      if (fault?.kind === 'apply_then_timeout') return never();
      if (fault?.kind === 'reset') throw new ConnectionReset();
      return this.#answer(exchange, answer);
    });
  }

  #work(request: SimRequest, exchange: Exchange, fault: FaultSpec | undefined): SimResponse {
    const refusing = fault?.kind === 'partial' || fault?.kind === 'refuse' ? fault : undefined;
    const answer = this.#backend.work(request, {
      exchange,
      apply: fault?.kind !== 'lose_write',
      refusing,
    });
    if (fault?.kind === 'malformed_body') {
      return {
        ...answer,
        body: answer.body.slice(0, Math.max(1, Math.floor(answer.body.length / 2))),
      };
    }
    if (fault?.kind === 'huge_body')
      return { ...answer, body: answer.body + ' '.repeat(fault.bytes ?? HUGE_BYTES) };
    if (fault?.kind === 'wrong_content_type') {
      const page = '<html><head><title>Please wait</title></head><body>One moment</body></html>';
      return { status: answer.status, headers: { 'content-type': 'text/html' }, body: page };
    }
    return answer;
  }

  #applyLate(
    request: SimRequest,
    exchange: Exchange,
    fault: Extract<FaultSpec, { kind: 'apply_late' }>,
  ): Promise<SimResponse> {
    this.#schedule(fault.delay, () => {
      this.#backend.work(request, { exchange, apply: true, refusing: undefined });
    });
    if (fault.answer !== 'gateway_timeout') return never();
    return Promise.resolve(this.#answer(exchange, this.#backend.failure(504, request)));
  }

  #answer(exchange: Exchange, answer: SimResponse): SimResponse {
    const now = this.#ports.clock.now();
    this.#ledger.close(exchange, answer.status, now);
    return { ...answer, headers: { date: new Date(now).toUTCString(), ...answer.headers } };
  }

  #drawAnswerTime(): number {
    const [low, high] = this.answerTime;
    return high <= low ? low : low + this.#ports.random() * (high - low);
  }

  #later<T>(delay: number, task: () => T | Promise<T>): Promise<T> {
    if (delay <= 0) {
      return new Promise((resolve) => {
        resolve(task());
      });
    }
    return new Promise((resolve, reject) => {
      this.#schedule(delay, () => {
        try {
          resolve(task());
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #schedule(delay: number, task: () => void): void {
    const timer = this.#ports.timers.after(delay, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
  }
}

/** A promise for an answer that never comes. */
function never(): Promise<SimResponse> {
  return new Promise(() => undefined);
}
