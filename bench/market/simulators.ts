import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addDays, type PlainDate } from '../../schemas/domain/plain-date.ts';
import type { FaultSpec } from '../../simulators/faults.ts';
import type { Delivery, Exchange, NightChange, NightView } from '../../simulators/index.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** The platforms in a process of their own, so that their work is not the pipeline's; steered by their control API. */
export interface Simulators {
  readonly airbnb: SimulatedSide;
  readonly booking: SimulatedSide;
  /** Any of the platforms, by channel type. @throws RangeError for one that is not simulated. */
  side(channel: string): SimulatedSide;
  stop(): Promise<void>;
}

/** @throws Error when they do not come up. */
export async function startSimulators(): Promise<Simulators> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'simulators/main.ts', '--exit-with-parent'],
    {
      cwd: PROJECT,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const urls = JSON.parse(await firstLine(child)) as Readonly<Record<string, string>>;
  const sides = new Map(Object.entries(urls).map(([name, url]) => [name, new SimulatedSide(url)]));
  const side = (channel: string) => {
    const found = sides.get(channel);
    if (found === undefined) throw new RangeError(`${channel} is not simulated`);
    return found;
  };
  return {
    airbnb: side('airbnb'),
    booking: side('booking_com'),
    side,
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the simulators have no output');
  let text = '';
  for await (const chunk of stdout) {
    text += String(chunk);
    const end = text.indexOf('\n');
    if (end >= 0) return text.slice(0, end);
  }
  throw new Error('the simulators ended before they served');
}

/** The control API of one platform. All calls throw Error when the platform refuses. */
export class SimulatedSide {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async create(
    what: 'hosts' | 'listings' | 'hotels' | 'properties' | 'webhooks',
    body: object,
  ): Promise<void> {
    await this.#call('POST', what, body);
  }

  /** From now on a request is answered so many ms after it arrived. */
  async answerWithin(ms: number): Promise<void> {
    await this.#call('POST', 'answer-time', { low: ms, high: ms });
  }

  async arm(fault: FaultSpec): Promise<void> {
    await this.#call('POST', 'faults', fault);
  }

  /** A guest books; the platform tells whoever subscribed. @returns code of the reservation */
  async book(unit: string, checkIn: string, checkOut: string): Promise<string> {
    const { reservation } = (await this.#call('POST', 'bookings', {
      rooms: [{ unit, checkIn, checkOut }],
    })) as { readonly reservation: string };
    return reservation;
  }

  async calendar(unit: string, from: string, to: string): Promise<readonly NightView[]> {
    return (await this.#call(
      'GET',
      `calendar?unit=${unit}&from=${from}&to=${to}`,
    )) as readonly NightView[];
  }

  async night(unit: string, night: PlainDate): Promise<NightView | undefined> {
    return (await this.calendar(unit, night, addDays(night, 1)))[0];
  }

  /** When a request closed the night, ms by the machine's clock; null: none did. */
  async closedAt(unit: string, night: string): Promise<number | null> {
    const { changes } = (await this.#call('GET', `history?unit=${unit}&night=${night}`)) as {
      readonly changes: readonly NightChange[];
    };
    return changes.findLast(({ cause, sellable }) => cause === 'api' && !sellable)?.at ?? null;
  }

  /** The newest requests, oldest first. */
  async requests(limit: number): Promise<readonly Exchange[]> {
    return (await this.#call('GET', `requests?limit=${limit}`)) as readonly Exchange[];
  }

  /** Updates of calendars so far, whatever became of them. */
  async writeCount(): Promise<number> {
    const { byKind } = (await this.#call('GET', 'report')) as {
      readonly byKind: Readonly<Record<string, number>>;
    };
    return byKind.write ?? 0;
  }

  /** Answers 429 so far. */
  async rateLimited(): Promise<number> {
    return ((await this.#call('GET', 'report')) as { readonly rateLimited: number }).rateLimited;
  }

  /** How many requests met a fault, by its kind. */
  async faultCounts(): Promise<Readonly<Record<string, number>>> {
    return (
      (await this.#call('GET', 'faults')) as { readonly hits: Readonly<Record<string, number>> }
    ).hits;
  }

  async violations(): Promise<Readonly<Record<string, number>>> {
    return (
      (await this.#call('GET', 'violations')) as {
        readonly counts: Readonly<Record<string, number>>;
      }
    ).counts;
  }

  async deliveries(): Promise<readonly Delivery[]> {
    return (await this.#call('GET', 'webhooks')) as readonly Delivery[];
  }

  async #call(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.url}/_control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  }
}
