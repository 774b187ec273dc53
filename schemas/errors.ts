/**
 * Every error that leaves Parity carries one of these codes. The set is closed: `docs/errors.md` is
 * rendered from it, so a code is added together with what the operator does about it.
 */
export const ERROR_CODES = {
  // Input that is wrong by itself: dead-lettered with this code, the partition moves on.
  EVENT_UNDECODABLE:
    'The bytes are no Avro message in the Confluent wire format. Fix the producer, then requeue.',
  SCHEMA_ID_UNKNOWN:
    'The registry has no schema with the id of the message. Check which registry the producer uses.',
  EVENT_WITHOUT_SEQUENCE:
    'The event carries no sequence, so nothing can order it. Raise the property counter in the writing transaction.',
  EVENT_TYPE_MISMATCH: 'event_type and payload branch disagree. Fix the producer.',
  EVENT_DATES_INVALID:
    'Check-out is not after check-in, a range is empty, or it spans more than 1,500 nights.',
  EVENT_VALUE_INVALID:
    'A value is outside its range (negative price, stay below 0, text over its maximum).',
  EVENT_TOO_LARGE: 'The record is larger than the maximum of its topic.',
  EVENT_KEY_MISMATCH:
    'The record key is not the id of the property or connection that the value names.',
  EVENT_FOREIGN_PARTITION:
    'The record lay in another partition than its key decides; it was moved there. Producers on librdkafka need `partitioner=murmur2_random`.',
  EVENT_TENANT_MISMATCH:
    'The event names another tenant than the property belongs to. It was not applied. Fix the producer.',
  PROPERTY_UNKNOWN:
    'Events arrived of a property that no `property.updated` has described yet. They are kept; nothing of it opens until it is described. Run `parity import`.',
  CALENDAR_DOUBTFUL:
    'A takeover may have lost calendar facts of the property; nothing of it opens until a fresh snapshot. Run `parity import`.',
  COMMAND_INVALID: 'The command names no known connection or its arguments are out of range.',
  // Start-up and configuration.
  CONFIG_INVALID:
    'One or more settings are wrong; all problems are listed. Correct them and start again.',
  TOPOLOGY_INVALID: 'The declared topology breaks a rule; the sentence says which.',
  TOPIC_DRIFT:
    'A topic on the cluster differs from its declaration. `parity topology --repair` sets it right.',
  STACK_UNAVAILABLE:
    'No backend for the local stack fits this machine; the message says what to install.',
  STACK_FAILED:
    'A process of the local stack did not start or died; its last output is in the message.',
  // Runtime.
  SCHEMA_NEWER_THAN_BUILD:
    'A registered schema has a branch that this build does not know. Deploy the newer build first.',
  SCHEMA_INCOMPATIBLE:
    'The registry refused a schema of this build. Compare with the registered versions.',
  TABLE_UNDECODABLE:
    'A table record cannot be read. Skipping it would forget state: the stage stops.',
  LEASE_LOST:
    'The partition belongs to another process now, or the heartbeat is too old. Nothing was written.',
  FENCED: 'A newer owner wrote a higher epoch to the table. This process lets go of the partition.',
  OFFSET_OUT_OF_RANGE:
    'Records were deleted before they were consumed. Replay or take a fresh snapshot.',
  LOG_UNAVAILABLE: 'Kafka did not take or give records in time. It is tried again.',
  CONSUMER_CRASHED:
    'The Kafka client gave up. The process exits so that its supervisor starts a new one.',
  REGISTRY_UNAVAILABLE:
    'The schema registry did not answer. It is tried again; ids known already go on working.',
  // Storage and credentials.
  DATABASE_UNAVAILABLE: 'PostgreSQL did not answer. It is tried again.',
  MIGRATION_FAILED: 'A migration could not be applied; the message names it.',
  TENANT_NOT_SET: 'A query ran without a tenant in its transaction. A defect: report it.',
  VAULT_KEY_INVALID: 'A Fernet key is not 32 bytes of url-safe base64.',
  VAULT_TOKEN_INVALID: 'A stored token cannot be decrypted with any configured key.',
  CREDENTIAL_EXPIRED:
    'The platform refuses the credential after a refresh. Authorise the connection again.',
  CREDENTIAL_MISSING: 'The connection has no credential. Authorise it.',
  // Connections.
  CONNECTION_UNKNOWN: 'There is no such connection for this tenant.',
  CONNECTION_STATE_INVALID: 'The step is not allowed in the present phase of the connection.',
  LISTING_TAKEN: 'The listing and room already belong to another connection.',
  CONNECTION_UNSUPPORTED:
    'Parity cannot serve the connection as it is: this build has no connector for its channel, its listing has no prices per day, or its platform has no such call; the text says which. Deploy a build that has the connector, or have the channel change the listing, then have the values tried once more (`parity connections requeue`). A call that the platform does not have is a defect: report it.',
  // What a channel said.
  CHANNEL_TIMEOUT:
    'The channel did not answer in time; whether it applied the request is unknown. It is tried again.',
  CHANNEL_UNREACHABLE: 'The network connection to the channel failed. It is tried again.',
  CHANNEL_UNAVAILABLE:
    'The channel, or its token endpoint, could not work on the request now (5xx, 408, 425). It is tried again.',
  CHANNEL_RATE_LIMITED:
    'The channel asked to slow down, or no slot of its limits was free in time. It goes on after a pause.',
  CHANNEL_UNAUTHORIZED:
    'The channel refused the token. It is renewed once; a second refusal is CREDENTIAL_EXPIRED.',
  CHANNEL_FORBIDDEN:
    'The listing is not linked to this account, or a permission is missing. Link it, or have the channel grant it; it is tried again by itself.',
  CHANNEL_LISTING_UNKNOWN:
    'The channel does not know the listing or room. Correct its id, or have the channel add it; it is tried again by itself.',
  CONNECTOR_FAILED:
    'No message for the channel can be made of the connection: a setting that makes no sense, or a defect. Nothing leaves for it; the text says why. Correct the setting, or report it.',
  RATE_PLAN_UNKNOWN:
    'The channel does not know a rate plan of the connection: nothing is sold at it there, the other plans go on. Correct its id, or have the channel add it; it is asked again each day.',
  CHANNEL_VALUE_REFUSED:
    'The channel refused the value of this cell; its own text is beside it. Correct the value, or have it tried once more (`parity connections requeue`).',
  CHANNEL_RESPONSE_MALFORMED:
    'The answer of the channel could not be read; its effect is unknown. It is tried again; should it last, report it.',
  DOCUMENT_NOT_FETCHED:
    'The channel has not fetched what changed for hours, so it still sells the former state. Look whether its crawler comes, with which login and address.',
  CONTENT_INCOMPLETE:
    'The channel needs content that the PMS has not given; the message says what. Until then the channel shows what it had. Send it with `property.updated`.',
  PRICE_OUT_OF_BOUNDS:
    'The price is outside what the channel accepts. Nothing was sent for this night. Correct the price, or the adjustment of the rate plan.',
  PRICE_CURRENCY_MISMATCH:
    'The price is in another currency than the property; the night stays closed. Enter it in the currency of the property.',
  MAPPING_UNSUPPORTED:
    'The channel has no way to say this value; the nearest that it has is shown instead, or nothing where it has none. All else goes on. Set a value that the channel has, or leave it.',
  BOOKING_CONFLICT:
    'Two bookings hold the same night. The first keeps it; the other waits in booking_conflicts. Move or cancel one of them.',
  BOOKING_NOT_STORED:
    'A reservation of a channel could not be stored. Enter it by hand and close its nights elsewhere; the record is in channel.dead-letters.',
  LISTING_UNMAPPED: 'A reservation names a room or listing that belongs to no connection.',
  // Ingress.
  SIGNATURE_INVALID: 'Unknown connection or wrong signature.',
  REQUEST_STALE: 'The signed date is too far from now.',
  REQUEST_TOO_LARGE: 'The body is larger than allowed.',
  REQUEST_MALFORMED: 'The body cannot be parsed, or is nested too deeply.',
  REQUEST_UNSUPPORTED_MEDIA: 'The content type is not one that this address takes.',
  LOGIN_INVALID:
    'Unknown credential or wrong password. A crawler logs in with the client id and secret of its credential.',
  DOCUMENT_UNKNOWN: 'This login has no such document.',
  INGRESS_UNAVAILABLE: 'The record could not be stored now. Repeat the request after Retry-After.',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The one error type: a closed code, a sentence for people, and the cause. */
export class ParityError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'ParityError';
    this.code = code;
  }
}

/** The code of an error of ours, else undefined. */
export function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof ParityError ? error.code : undefined;
}
