import { codeOf } from '../../schemas/errors.ts';
import { searchable } from '../answers/attribution.ts';
import type { ChannelResponse } from '../contract.ts';
import { child, descendants, parseXml, type XmlElement } from '../notation/xml.ts';

/** An `Error` of an OTA reply. */
export interface OtaError {
  readonly type: string;
  readonly code: string;
  /** Short text and text. */
  readonly text: string;
}

/** What the body of an answer says; undefined: it is none of Google's. */
export type Reply =
  | {
      readonly kind: 'ota';
      /** Of the message that it answers, where the reply says it. */
      readonly echoToken: string | undefined;
      readonly success: boolean;
      readonly errors: readonly OtaError[];
    }
  | {
      readonly kind: 'transaction';
      readonly success: boolean;
      readonly issues: readonly Issue[];
    };

/** An `Issue` of the reply to a Transaction. */
export interface Issue {
  readonly code: string;
  readonly status: 'warning' | 'error' | 'failure';
  readonly text: string;
}

/** Reads a reply by Google's type files (`ota_response_types`, `google_response_types`). */
export function readReply(response: ChannelResponse): Reply | undefined {
  const root = readRoot(response.body);
  if (!root) return undefined;
  const success = child(root, 'Success') !== undefined;
  if (/^OTA_\w+RS$/.test(root.name))
    return {
      kind: 'ota',
      echoToken: root.attributes.EchoToken,
      success,
      errors: descendants(root, 'Error').map(otaError),
    };
  if (!/Transaction/.test(root.name)) return undefined;
  return { kind: 'transaction', success, issues: descendants(root, 'Issue').map(issue) };
}

function otaError({ attributes, text }: XmlElement): OtaError {
  const words = [attributes.ShortText ?? '', text].map((one) => one.trim());
  return {
    type: attributes.Type ?? '',
    code: attributes.Code ?? '',
    text: searchable([...new Set(words)].filter(Boolean).join(': ')) || 'refused without a text',
  };
}

/** A status that is neither of the three is read as the gravest. */
function issue({ attributes, text }: XmlElement): Issue {
  const { status } = attributes;
  return {
    code: attributes.code ?? '',
    status: status === 'warning' || status === 'error' ? status : 'failure',
    text: text.trim() || 'no text',
  };
}

function readRoot(body: string): XmlElement | undefined {
  try {
    return parseXml(body, 'CHANNEL_RESPONSE_MALFORMED');
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
