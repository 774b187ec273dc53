import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { DocumentAnswer, DocumentServer } from './documents.ts';

interface Address {
  readonly channel: string;
  readonly credentialId: string;
  readonly connectionId?: string;
  readonly kind: string;
}

interface Call {
  readonly Params: Address;
  readonly Querystring: { readonly state?: string };
}

/**
 * Documents: `GET /documents/{channel}/{credential_id}/{kind}` is the index of a kind, `GET /documents/{channel}/{credential_id}/{connection_id}/{kind}` the
 * document of a unit.
 * @param publicUrl `https://host` as crawlers reach us, for the addresses in indexes; null: as the call names us
 */
export function documentRoutes(
  documents: DocumentServer,
  publicUrl: string | null,
): FastifyPluginAsync {
  return async (app) => {
    const handle = async (request: FastifyRequest<Call>, reply: FastifyReply) => {
      const { channel, credentialId, connectionId = null, kind } = request.params;
      const answer = await documents.serve({
        channel,
        credentialId,
        connectionId,
        kind,
        state: request.query.state ?? null,
        headers: flat(request.headers),
        baseUrl: publicUrl ?? `${request.protocol}://${request.host}`,
      });
      tellWhenSent(reply, answer);
      return reply.code(answer.status).headers(answer.headers).send(answer.body);
    };
    // A HEAD request brings no content, so it must not pass for a fetch.
    const options = { exposeHeadRoute: false };
    app.get<Call>('/documents/:channel/:credentialId/:kind', options, handle);
    app.get<Call>('/documents/:channel/:credentialId/:connectionId/:kind', options, handle);
  };
}

/**
 * Once the last byte was handed over, on a connection that is sound. (`writableFinished` is no help: it is true also for what was thrown away with
 * its connection.) What the network still loses the crawler takes again, since it has not got this state.
 */
function tellWhenSent(reply: FastifyReply, { sent }: DocumentAnswer): void {
  const { socket } = reply.raw;
  if (!sent || !socket) return;
  reply.raw.once('finish', () => {
    if (!socket.destroyed && !socket.errored) void sent();
  });
}

function flat(headers: FastifyRequest['headers']): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
