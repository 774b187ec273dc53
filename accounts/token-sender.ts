import type { ChannelTransport } from '../connectors/transport/port.ts';
import { ParityError } from '../schemas/errors.ts';
import type { SendTokenRequest } from './credential-ports.ts';

/** Token requests over the transport that itself asks for tokens: they carry no credential, so neither waits for the other. */
export function sendOver(transport: () => ChannelTransport): SendTokenRequest {
  return async (channel, request, signal) => {
    const result = await transport().send(channel, request, {
      credentialId: null,
      unsigned: true,
      signal,
    });
    if (result.kind === 'response') return result.response;
    throw new ParityError(result.code, result.message);
  };
}
