import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import fastify from 'fastify';
import type { InboundRequest } from '../connectors/contract.ts';
import { ParityError } from '../schemas/errors.ts';
import { errorAnswer, type WebhookReceiver } from './webhooks.ts';

/** Largest body of a webhook, bytes. */
const BODY_MAX = 1_048_576;
/** A caller that sends its body slower than this is cut off, ms. */
const REQUEST_TIMEOUT_MS = 10_000;

const MEDIA = [
  'application/json',
  'text/xml',
  'application/xml',
  'text/plain',
  'application/x-www-form-urlencoded',
];

/** Webhooks: `POST /webhooks/{channel}/{connection_id}`. The body stays raw, since the signature is over its bytes. */
export function webhookRoutes(receiver: WebhookReceiver): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(MEDIA, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    app.post<{ Params: { channel: string; connectionId: string } }>(
      '/webhooks/:channel/:connectionId',
      async (request, reply) => {
        const { channel, connectionId } = request.params;
        const answer = await receiver.receive(
          channel,
          connectionId,
          inboundRequest(request.method, request.raw.url ?? '', request.headers, request.body),
        );
        return reply.code(answer.status).headers(answer.headers).send(answer.body);
      },
    );
  };
}

function inboundRequest(
  method: string,
  url: string,
  headers: Record<string, string | string[] | undefined>,
  body: unknown,
): InboundRequest {
  const flat = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
  );
  return {
    method,
    url,
    headers: Object.fromEntries(flat),
    body: body instanceof Uint8Array ? body : new Uint8Array(),
  };
}

/** The HTTP server with its limits and coded errors; routes are plugins. The caller listens and closes. */
export function ingressServer(plugins: readonly FastifyPluginAsync[]): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logger: false,
    forceCloseConnections: 'idle',
  });
  app.setErrorHandler((error, _request, reply) => {
    const answer = answerTo(error);
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ code: 'SIGNATURE_INVALID', message: 'unknown address' }),
  );
  for (const plugin of plugins) app.register(plugin);
  return app;
}

function answerTo(error: unknown) {
  const fastifyCode = (error as { code?: string }).code;
  if (fastifyCode === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return errorAnswer(413, 'REQUEST_TOO_LARGE', `the body is larger than ${BODY_MAX} bytes`);
  if (fastifyCode === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return errorAnswer(415, 'REQUEST_UNSUPPORTED_MEDIA', `send one of ${MEDIA.join(', ')}`);
  if (error instanceof ParityError) return errorAnswer(400, error.code, error.message);
  return errorAnswer(400, 'REQUEST_MALFORMED', 'the request cannot be read');
}
