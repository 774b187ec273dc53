import { createHash } from 'node:crypto';
import type { Connector } from '../connectors/contract.ts';
import type { Advertiser, DocumentCodec, IndexEntry } from '../connectors/documents.ts';
import type { Environment } from '../runtime/ports.ts';
import type { Output } from '../runtime/stage.ts';
import { newTraceparent } from '../runtime/trace.ts';
import type { ChannelType } from '../schemas/domain/ids.ts';
import { codeOf } from '../schemas/errors.ts';
import type {
  Account,
  ChannelDocument,
  Connection,
  DocumentBody,
} from '../schemas/generated/types.ts';
import { isLogin, type Login } from './basic-login.ts';
import type { IngressAnswer } from './ports.ts';
import { errorAnswer } from './webhooks.ts';

/** What serving documents needs from outside; the wiring passes it. */
export interface DocumentPorts {
  connectorOf(channel: ChannelType): Connector | undefined;
  /** Connections as the log's table has them. */
  connections(): Iterable<Connection>;
  connection(id: string): Connection | undefined;
  account(connection: Connection): Account | undefined;
  documents(connection: Connection): ChannelDocument | undefined;
  /** Of the same, the states alone: an index names many. */
  states(connection: Connection): DocumentStates | undefined;
  /** The login of a credential of the channel; null: there is none. @throws DATABASE_UNAVAILABLE */
  login(credentialId: string, channel: ChannelType): Promise<Login | null>;
  /** Writes records durably. @throws LOG_UNAVAILABLE */
  publish(outputs: readonly Output[]): Promise<void>;
  readonly environment: Environment;
}

/** State (ms, whole seconds) of each document by its name. */
export type DocumentStates = ReadonlyMap<string, number>;

/** One call of a crawler. */
export interface DocumentRequest {
  readonly channel: string;
  readonly credentialId: string;
  /** Kind of document. */
  readonly kind: string;
  /** Null: the index of the kind. */
  readonly connectionId: string | null;
  /** State that the index named, ms as text; null: the call names none. */
  readonly state?: string | null;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `https://host`, as the crawler reaches us. */
  readonly baseUrl: string;
}

export interface DocumentAnswer extends IngressAnswer {
  /** To be called when the whole answer has reached the caller: tells delivery what the channel has now. Never rejects. */
  readonly sent?: () => Promise<void>;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Serves documents to channels that fetch: views of `channel.documents`, behind the login of a credential. Each credential sees the documents of
 * its own connections. No socket in it.
 *
 * A fetch is told to delivery after the answer was sent. Should that record be lost (the log is away, the process dies), the document stays as it
 * is, its fields stay in flight, and delivery gives it a new state after some hours, so that the channel fetches it again: nothing is sold
 * differently meanwhile. Serving needs no log.
 */
export class DocumentServer {
  readonly #ports: DocumentPorts;

  constructor(ports: DocumentPorts) {
    this.#ports = ports;
  }

  async serve(request: DocumentRequest): Promise<DocumentAnswer> {
    const { logger } = this.#ports.environment;
    try {
      const codec = await this.#codecFor(request);
      if (codec === null) return unauthorised();
      if (!codec.kinds.some(({ name }) => name === request.kind)) return unknownDocument();
      return request.connectionId === null
        ? this.#index(request, codec)
        : this.#document(request, request.connectionId);
    } catch (error) {
      const fields = { code: codeOf(error), error, channel: request.channel };
      logger.error(fields, 'a document could not be served');
      return errorAnswer(503, 'INGRESS_UNAVAILABLE', 'try again');
    }
  }

  /** Null: unknown channel or credential, or a wrong password; from outside they are the same. */
  async #codecFor({
    channel,
    credentialId,
    headers,
  }: DocumentRequest): Promise<DocumentCodec | null> {
    const codec = this.#ports.connectorOf(channel as ChannelType)?.documents ?? null;
    const login =
      codec && UUID.test(credentialId)
        ? await this.#ports.login(credentialId, channel as ChannelType)
        : null;
    return isLogin(headers.authorization, login) ? codec : null;
  }

  #index(request: DocumentRequest, codec: DocumentCodec): DocumentAnswer {
    const { body, contentType } = codec.index(request.kind, this.#advertisers(request));
    const headers = { 'content-type': contentType, etag: etagOf(body), 'cache-control': NO_CACHE };
    return isUnchanged(request, headers)
      ? { status: 304, headers, body: '' }
      : { status: 200, headers, body };
  }

  #advertisers({ channel, credentialId, kind, baseUrl }: DocumentRequest): Advertiser[] {
    const advertisers = new Map<string, { readonly id: string; readonly entries: IndexEntry[] }>();
    for (const connection of this.#ports.connections()) {
      if (!isServed(connection, channel, credentialId)) continue;
      const updatedAt = this.#ports.states(connection)?.get(kind);
      if (updatedAt === undefined) continue;
      const { account_id: account, connection_id: id } = connection;
      const known = advertisers.get(account) ?? { id: this.#accountOf(connection), entries: [] };
      const url = `${baseUrl}/documents/${channel}/${credentialId}/${id}/${kind}?state=${updatedAt}`;
      known.entries.push({ connection, url, updatedAt });
      advertisers.set(account, known);
    }
    return [...advertisers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { id, entries }]) => ({
        id,
        entries: [...entries].sort((a, b) => (a.url < b.url ? -1 : 1)),
      }));
  }

  /** The account's id at the channel; where the owner never said it, ours. */
  #accountOf(connection: Connection): string {
    return this.#ports.account(connection)?.channel_account_id ?? connection.account_id;
  }

  #document(request: DocumentRequest, connectionId: string): DocumentAnswer {
    const { channel, credentialId, kind } = request;
    const connection = this.#ports.connection(connectionId);
    if (connection && !isServed(connection, channel, credentialId)) return unknownDocument();
    const document = connection && documentOf(this.#ports.documents(connection), kind);
    if (isBehind(document, request.state)) return notHereYet();
    if (!connection || !document) return unknownDocument();
    const { metrics } = this.#ports.environment;
    metrics.count('parity_documents_served_total', { channel_type: channel, document: kind });
    const headers = {
      'content-type': document.content_type,
      etag: etagOf(document.body),
      'last-modified': new Date(document.updated_at).toUTCString(),
      'cache-control': NO_CACHE,
    };
    const sent = () => this.#tell(connection, document);
    // Who names the tag or the very time of this content has it.
    return isUnchanged(request, headers)
      ? { status: 304, headers, body: '', sent }
      : { status: 200, headers, body: document.body, sent };
  }

  async #tell(connection: Connection, { name, updated_at }: DocumentBody): Promise<void> {
    const { clock, random, logger } = this.#ports.environment;
    const { connection_id, tenant_id, property_id } = connection;
    const now = Math.round(clock.now());
    const command: Output = {
      topic: 'channel.commands',
      key: connection_id,
      tenantId: tenant_id,
      placement: property_id,
      originTs: now,
      traceparent: newTraceparent(random),
      value: {
        command_id: random.uuid(),
        connection_id,
        tenant_id,
        issued_at: now,
        issued_by: 'ingress',
        command: { 'parity.events.Fetched': { document: name, updated_at } },
      },
    };
    try {
      await this.#ports.publish([command]);
    } catch (error) {
      const fields = { code: codeOf(error), error, connection: connection_id, document: name };
      logger.warn(fields, 'a fetch could not be recorded; the document will be offered again');
    }
  }
}

/** The crawler is to ask each time: a document may change at any moment. */
const NO_CACHE = 'private, no-cache';

/** Its documents belong to the credential; one that has ended has given its listing to others. */
function isServed(connection: Connection, channel: string, credentialId: string): boolean {
  return (
    connection.channel === channel &&
    connection.credential_id === credentialId &&
    connection.phase !== 'disconnected'
  );
}

function documentOf(value: ChannelDocument | undefined, kind: string): DocumentBody | undefined {
  return value?.documents.find(({ name }) => name === kind);
}

/**
 * Another process gave out the index, and this one has not read as far. Whoever took the older document for the newer one would not come again for
 * what is missing in it.
 */
function isBehind(document: DocumentBody | undefined, state: string | null | undefined): boolean {
  const named = Number(state ?? 0);
  return named > (document?.updated_at ?? 0);
}

/** The same for the same content, whatever its state. */
function etagOf(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url')}"`;
}

/**
 * RFC 9110: the tag counts before the time. A time must be the very one that we gave: one from the crawler's own clock does not tell which content
 * it has.
 */
function isUnchanged({ headers }: DocumentRequest, own: Readonly<Record<string, string>>): boolean {
  const tags = headers['if-none-match'];
  if (tags !== undefined)
    return tags.split(',').some((tag) => tag.trim().replace(/^W\//, '') === own.etag);
  const since = headers['if-modified-since'];
  return since !== undefined && since === own['last-modified'];
}

function unauthorised(): DocumentAnswer {
  const answer = errorAnswer(401, 'LOGIN_INVALID', 'unknown credential or wrong password');
  const headers = {
    ...answer.headers,
    'www-authenticate': 'Basic realm="documents", charset="UTF-8"',
  };
  return { ...answer, headers };
}

function notHereYet(): DocumentAnswer {
  const answer = errorAnswer(503, 'INGRESS_UNAVAILABLE', 'that state is not here yet: try again');
  return { ...answer, headers: { ...answer.headers, 'retry-after': '1' } };
}

function unknownDocument(): DocumentAnswer {
  return errorAnswer(404, 'DOCUMENT_UNKNOWN', 'there is no such document');
}

/** The states of a record. */
export function statesOf({ documents }: ChannelDocument): DocumentStates {
  return new Map(documents.map(({ name, updated_at }) => [name, updated_at]));
}
