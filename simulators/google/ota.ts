import type { FieldGroup } from '../faults.ts';
import type { Work } from '../gateway.ts';
import { type SimResponse, xmlAnswer } from '../http.ts';
import { childrenOf, leaf, readXml, tag, textOf, type XmlNode } from '../xml.ts';
import { parseInstant } from './instant.ts';
import type { GoogleProperty } from './property.ts';
import {
  CLOCK_TOLERANCE_MS,
  type GoogleRule,
  type GoogleSettings,
  OLDEST_MESSAGE_MS,
} from './settings.ts';
import {
  isRefusal,
  overlapOf,
  place,
  type Reading,
  type Refusal,
  readInventory,
  readRate,
  readRestriction,
  refusal,
  type Update,
} from './updates.ts';

const OTA_NAMESPACE = 'http://www.opentravel.org/OTA/2003/05';
/** The reader drops namespaces, so they are looked for in the text of the root's tag. */
const ROOT_NAMESPACE =
  /<[\w:]*OTA_\w+[^>]*\sxmlns(?::\w+)?="http:\/\/www\.opentravel\.org\/OTA\/2003\/05"/;
const PROTOCOL_VIOLATION = 7;
const AUTHENTICATION = 4;
const AUTHORISATION = 6;

interface Kind {
  readonly message: string;
  readonly container: string;
  readonly element: string;
}

/** By the end of the path. */
export const KINDS: Readonly<Record<string, Kind>> = {
  hotel_avail_notif: {
    message: 'OTA_HotelAvailNotif',
    container: 'AvailStatusMessages',
    element: 'AvailStatusMessage',
  },
  hotel_rate_amount_notif: {
    message: 'OTA_HotelRateAmountNotif',
    container: 'RateAmountMessages',
    element: 'RateAmountMessage',
  },
  hotel_inv_count_notif: {
    message: 'OTA_HotelInvCountNotif',
    container: 'Inventories',
    element: 'Inventory',
  },
};

export type NotifType = 'Overlay' | 'Delta' | 'Remove';

export interface OtaContext {
  readonly settings: GoogleSettings;
  readonly now: number;
  readonly property: (id: string) => GoogleProperty | undefined;
  readonly violate: (rule: GoogleRule, detail: string) => void;
  /** Whether the property had a newer message before; notes this one. */
  readonly isLate: (property: string, timestamp: number) => boolean;
  readonly store: (updates: readonly Update[], notifType: NotifType) => void;
}

/** A message whose envelope is in order. */
interface Message {
  readonly property: GoogleProperty;
  readonly elements: readonly XmlNode[];
  readonly notifType: NotifType;
  readonly timestamp: number;
}

/** One of the three OTA messages: taken as a whole, or not at all. The status is 200 either way. */
export function answerOta(
  name: string,
  body: string,
  work: Work,
  context: OtaContext,
): SimResponse {
  const kind = KINDS[name];
  if (!kind) throw new RangeError(`there is no message ${name}`);
  const document = readXml(body);
  const root = document?.element ?? {};
  const respond = (refusals: readonly Refusal[]) => {
    for (const { rule, text } of refusals) context.violate(rule, text);
    return reply(kind, root, refusals, context);
  };
  const message = document
    ? readEnvelope(kind, document.root, root, body, context)
    : refusal('malformed_xml', 'The XML cannot be read', 450, PROTOCOL_VIOLATION);
  if (isRefusal(message)) return respond([message]);
  const read = readUpdates(name, message, context);
  if ('refusals' in read) return respond(read.refusals);
  if (context.isLate(message.property.id, message.timestamp)) {
    context.violate('timestamp_late', `${message.property.id} ${name}`);
    // Nothing says so to the sender.
    if (context.settings.lateMessages === 'dropped') return reply(kind, root, [], context);
  }
  const onRequest = refusedByFault(read.updates, work, context.settings);
  if (onRequest.length > 0) return reply(kind, root, onRequest, context);
  if (work.apply) context.store(read.updates, message.notifType);
  return reply(kind, root, [], context);
}

function readEnvelope(
  kind: Kind,
  rootName: string,
  root: XmlNode,
  body: string,
  context: OtaContext,
): Message | Refusal {
  const wrong = (rule: GoogleRule, text: string) => refusal(rule, text, 320, PROTOCOL_VIOLATION);
  if (rootName !== `${kind.message}RQ`)
    return wrong('wrong_message', `'${rootName}' is not taken here`);
  if (!ROOT_NAMESPACE.test(body)) return wrong('namespace_invalid', "xmlns is not the OTA's");
  if (textOf(root, '@Version') !== '3.0') return wrong('version_invalid', 'Version must be 3.0');
  if (!/^[\w-]+$/.test(textOf(root, '@EchoToken') ?? ''))
    return wrong('echo_token_invalid', 'EchoToken: letters, digits, _ and - are allowed');
  const timestamp = parseInstant(textOf(root, '@TimeStamp'));
  if (timestamp === undefined || isOff(timestamp, context.now))
    return wrong(
      'timestamp_invalid',
      `TimeStamp '${textOf(root, '@TimeStamp') ?? ''}' is not valid`,
    );
  const notifType = readNotifType(kind, root);
  if (notifType === undefined)
    return wrong('notif_type_invalid', 'NotifType or NotifScopeType is not valid');
  const partner = partnerOf(root);
  if (partner === undefined || !context.settings.partners.includes(partner))
    return refusal('partner_unknown', 'The partner is not known', 497, AUTHENTICATION);
  const [container] = childrenOf(root, kind.container);
  const hotel = (container && textOf(container, '@HotelCode')) ?? '';
  const property = context.property(hotel);
  if (!property) return refusal('property_unknown', `HotelCode '${hotel}' is not known`, 392);
  if (property.partner !== partner) {
    return refusal(
      'property_foreign',
      `HotelCode '${hotel}' is another partner's`,
      392,
      AUTHORISATION,
    );
  }
  const elements = container ? childrenOf(container, kind.element) : [];
  if (elements.length === 0) return refusal('sets_nothing', `${kind.container} is empty`, 321);
  return { property, elements, notifType, timestamp };
}

/** A message is dated by its sender: not from tomorrow, and not from a queue that was forgotten. */
export function isOff(timestamp: number, now: number): boolean {
  return timestamp > now + CLOCK_TOLERANCE_MS || timestamp < now - OLDEST_MESSAGE_MS;
}

function readNotifType(kind: Kind, root: XmlNode): NotifType | undefined {
  if (kind.message !== 'OTA_HotelRateAmountNotif') return 'Delta';
  const type = textOf(root, '@NotifType');
  if (textOf(root, '@NotifScopeType') !== 'ProductRate') return undefined;
  return type === 'Overlay' || type === 'Delta' || type === 'Remove' ? type : undefined;
}

function partnerOf(root: XmlNode): string | undefined {
  const [requestor] = childrenOf(root, 'POS')
    .flatMap((one) => childrenOf(one, 'Source'))
    .flatMap((one) => childrenOf(one, 'RequestorID'));
  return requestor && textOf(requestor, '@ID');
}

function readUpdates(
  name: string,
  { property, elements, notifType }: Message,
  { now }: OtaContext,
): { readonly updates: readonly Update[] } | { readonly refusals: readonly Refusal[] } {
  const reading: Reading = { property, now };
  const read = elements.map((element) => {
    if (name === 'hotel_inv_count_notif') return readInventory(element, reading);
    if (name === 'hotel_avail_notif') return readRestriction(element, reading);
    return readRate(element, reading, notifType === 'Remove');
  });
  const refusals = read.filter(isRefusal);
  if (refusals.length > 0) return { refusals };
  const updates = read.filter((one) => !isRefusal(one)) as Update[];
  const overlap = overlapOf(updates);
  return overlap ? { refusals: [overlap] } : { updates };
}

function refusedByFault(
  updates: readonly Update[],
  { refusing }: Work,
  { culprits }: GoogleSettings,
): Refusal[] {
  if (refusing?.kind !== 'refuse') return [];
  const { field, nights } = refusing;
  const meant = (group: FieldGroup | undefined) => field === undefined || group === field;
  return updates
    .filter(
      (update) =>
        meant(update.group) && update.nights.some((night) => nights?.includes(night) ?? true),
    )
    .map((update) => {
      const where = culprits === 'named' ? ` (${place(update, nights)})` : '';
      return refusal('price_invalid', `${update.subject} is not allowed${where}`);
    });
}

function reply(
  kind: Kind,
  root: XmlNode,
  refusals: readonly Refusal[],
  { settings, now }: OtaContext,
): SimResponse {
  const errors = refusals.map(({ type, code, text }) => {
    const short = settings.culprits === 'named' ? text : text.replace(/ ?\(.*\)$/, '');
    return tag('Error', { Type: type, Code: code, Status: 'NotProcessed', ShortText: short });
  });
  const content = errors.length === 0 ? tag('Success') : tag('Errors', {}, errors);
  return xmlAnswer(
    200,
    tag(
      `${kind.message}RS`,
      {
        xmlns: OTA_NAMESPACE,
        TimeStamp: new Date(now).toISOString(),
        EchoToken: textOf(root, '@EchoToken'),
        Version: '3.0',
      },
      [content],
    ),
  );
}

/** A refusal outside of any message. */
export function plainAnswer(status: number, text: string): SimResponse {
  return xmlAnswer(status, leaf('error', text));
}
