import { FaultBook } from './faults.ts';
import type { Gateway } from './gateway.ts';
import type { SimRequest, SimResponse, SimulatorPorts } from './http.ts';
import { Ledger } from './ledger.ts';
import { NightHistory } from './night-history.ts';
import { type PostMessage, WebhookSender } from './webhooks.ts';

/** What every platform is made of, whatever it sells and however it is spoken to. */
export abstract class PlatformCore {
  readonly faults: FaultBook;
  readonly ledger = new Ledger();
  readonly history = new NightHistory();
  readonly webhooks: WebhookSender;
  protected readonly ports: SimulatorPorts;
  protected abstract readonly gateway: Gateway;

  /** @param signature the header that signs its webhooks */
  constructor(ports: SimulatorPorts, post: PostMessage, signature: string) {
    this.ports = ports;
    this.faults = new FaultBook(ports.random);
    this.webhooks = new WebhookSender(ports, post, signature);
  }

  handle(request: SimRequest): Promise<SimResponse> {
    return this.gateway.handle(request);
  }

  setAnswerTime(low: number, high: number): void {
    this.gateway.answerTime = [low, high];
  }

  stop(): void {
    this.gateway.stop();
    this.webhooks.stop();
  }
}
