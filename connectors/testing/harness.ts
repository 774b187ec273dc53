import type { ChannelType } from '../../schemas/domain/ids.ts';
import type { PlainDate } from '../../schemas/domain/plain-date.ts';
import type { Connection } from '../../schemas/generated/types.ts';
import type { Authenticator, Authorisation, CredentialSecrets } from '../authentication.ts';
import type { ChannelRequest, ChannelResponse, Connector, InboundRequest } from '../contract.ts';
import type { CredentialSource } from '../transport/authorise.ts';
import { createInProcessCarrier, type Platform } from '../transport/in-process.ts';
import type { SendOptions, TransportResult } from '../transport/port.ts';
import { createTransport } from '../transport/transport.ts';

/** A simulator core with what the suite needs of it, in the suite's own terms. */
export interface PlatformUnderTest {
  readonly clock: { now(): number };
  readonly timers: { after(delay: number, task: () => void): { cancel(): void } };
  /** Moves the platform's clock, and with it all timers of the test. */
  advance(ms: number): Promise<void>;
  handle(request: {
    readonly method: string;
    readonly path: string;
    readonly query: Readonly<Record<string, string>>;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<ChannelResponse>;
}

export interface HarnessSpec {
  readonly connector: Connector;
  readonly authenticator: Authenticator;
  readonly connection: Connection;
  readonly secrets: CredentialSecrets;
  readonly platform: PlatformUnderTest;
  /** Date of the property when the test begins. */
  readonly today: PlainDate;
  readonly currency: string;
}

/** The product's own transport over a simulator core, with tokens from the simulator's own token endpoint. */
export class ConnectorHarness {
  readonly spec: HarnessSpec;
  /** Requests that reached the platform, token calls included. */
  readonly sent: ChannelRequest[] = [];
  readonly #transport;

  constructor(spec: HarnessSpec) {
    this.spec = spec;
    const { platform } = spec;
    const clock = { now: platform.clock.now, monotonic: platform.clock.now };
    const answer: Platform = (wire) => {
      const at = wire.path.indexOf('?');
      const query = new URLSearchParams(at < 0 ? '' : wire.path.slice(at + 1));
      return platform.handle({
        method: wire.method,
        path: at < 0 ? wire.path : wire.path.slice(0, at),
        query: Object.fromEntries(query),
        headers: wire.headers,
        body: wire.body,
      });
    };
    this.#transport = createTransport(createInProcessCarrier(answer, clock), {
      timers: platform.timers,
      logger: silent,
      credentials: this.#credentials(),
    });
  }

  /** Sends with authorisation, as delivery and polling do. */
  send(
    request: ChannelRequest,
    signed: Pick<SendOptions, 'credentialId' | 'unsigned'> = { credentialId: 'credential' },
  ): Promise<TransportResult> {
    this.sent.push(request);
    return this.#transport.send(this.spec.connection.channel as ChannelType, request, {
      ...signed,
      signal: new AbortController().signal,
    });
  }

  /** The answer to a request that must be answered. */
  async answer(request: ChannelRequest): Promise<ChannelResponse> {
    const result = await this.send(request);
    if (result.kind !== 'response') throw new Error(`${result.kind}: ${result.message}`);
    return result.response;
  }

  #credentials(): CredentialSource {
    const { authenticator, secrets, platform } = this.spec;
    let authorisation: Authorisation | undefined;
    return {
      authorisationFor: async () => {
        if (authenticator.kind === 'identity') return authenticator.authorise(secrets);
        if (authorisation) return authorisation;
        const result = await this.send(authenticator.buildRefresh(secrets), {
          credentialId: null,
          unsigned: true,
        });
        if (result.kind !== 'response') throw new Error(`no token: ${result.message}`);
        const tokens = authenticator.parseRefresh(result.response, platform.clock.now());
        if (tokens.kind !== 'tokens') throw new Error(`no token: ${tokens.message}`);
        authorisation = authenticator.authorise(secrets, tokens.accessToken);
        return authorisation;
      },
      refused: () => {
        authorisation = undefined;
      },
    };
  }
}

const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** A message of the platform to us, as the ingress would hand it on. */
export function inboundRequest(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): InboundRequest {
  return { method: 'POST', url, headers, body: new TextEncoder().encode(body) };
}
